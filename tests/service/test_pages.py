"""Prefect's page as a scientist uses it: a training's form is read, filled in and sent; its result is looked at."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import chromium, picture_widths
from tests.commands import command
from tests.iar.quicklook.serving import serving
from tests.recipes import TINY_RECIPE
from tests.servers import Server, running_server, running_worker

PATIENCE_S = 600
"""For a training that takes a minute on a machine with nothing else to do."""


@dataclass(frozen=True)
class Service:
    """A server with our deployments, a worker for trainings, and a quick-look of what they leave."""

    server: Server
    quicklook: str
    recipe: Path

    def ask(self, what: str, **conditions: object) -> Any:
        return httpx.post(f"{self.server.url}/{what}/filter", json=conditions, timeout=60).raise_for_status().json()


@pytest.fixture(scope="module")
def window():
    with chromium(1280, 1000) as window:
        yield window


@pytest.fixture(scope="module")
def service(window, tmp_path_factory) -> Iterator[Service]:  # noqa: ARG001 - without a browser nothing is started
    folder = tmp_path_factory.mktemp("service")
    recipe = folder / "recipe.yaml"
    recipe.write_text(TINY_RECIPE)
    places = ("--archive", folder / "archive", "--registry", folder / "models")
    with running_server(folder) as server, serving(*places, "--port", 0) as (_, quicklook):
        line = command("deploy", *places, "--root", folder, "--quicklook-url", quicklook)
        subprocess.run(line, env=server.environ, check=True, capture_output=True)
        with running_worker(server, "gpu"):
            yield Service(server, quicklook, recipe)


def label_of(field: WebElement) -> str:
    return field.find_element(By.CLASS_NAME, "schema-form-property__label").text.removesuffix(" (Optional)")


def open_form(window, service: Service, deployment: str) -> dict[str, WebElement]:
    """Fields of a deployment's form by their titles, once the page shows them."""
    window.get(f"{service.server.page}/deployments/deployment/{deployment}/run")
    wait = WebDriverWait(window, PATIENCE_S)
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, "button[type=submit]"))
    fields = wait.until(lambda page: page.find_elements(By.CLASS_NAME, "schema-form-property"))
    return {label_of(field): field for field in fields}


def check_field(field: WebElement, schema: dict[str, Any]) -> None:
    """It has its description, and a menu or a field of its own kind."""
    assert schema["description"].replace("`", "") in field.text
    if "enum" in schema:
        options = [option.get_attribute("textContent") for option in field.find_elements(By.TAG_NAME, "option")]
        assert set(schema["enum"]) <= set(options)
    elif schema["type"] in {"integer", "number"}:
        assert field.find_element(By.CSS_SELECTOR, "input[type=number]").is_displayed()
    else:
        assert field.find_element(By.TAG_NAME, "textarea").is_displayed()


def finished_run(service: Service, deployment: str) -> dict[str, Any]:
    """Run of a deployment, once it has come to an end."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        runs = service.ask("flow_runs", deployments={"id": {"any_": [deployment]}})
        if runs and runs[0]["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
            return runs[0]
        time.sleep(1)
    raise TimeoutError(f"no run of the training ended in {PATIENCE_S} s: {runs}")


def test_a_training_is_started_from_its_form_and_shows_its_pictures(window, service):
    (deployment,) = (one for one in service.ask("deployments") if one["name"] == "on-demand")
    properties = deployment["parameter_openapi_schema"]["properties"]
    fields = open_form(window, service, deployment["id"])
    assert list(fields) == [schema["title"] for schema in properties.values()]
    for schema in properties.values():
        check_field(fields[schema["title"]], schema)

    fields["Recipe"].find_element(By.TAG_NAME, "textarea").send_keys(str(service.recipe))
    fields["Folds"].find_element(By.TAG_NAME, "input").send_keys("0")
    window.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    run = finished_run(service, deployment["id"])
    assert run["state"]["type"] == "COMPLETED", run["state"]
    assert (run["parameters"]["recipe"], run["parameters"]["folds"]) == (str(service.recipe), 0)

    artifacts = service.ask("artifacts", flow_runs={"id": {"any_": [run["id"]]}})
    (decision,) = (one for one in artifacts if one["key"] == "champion")
    window.get(f"{service.server.page}/artifacts/artifact/{decision['id']}")
    shown = {f"{service.quicklook}/models/1/{name}" for name in ("curves.png", "overlays.png")}

    def loaded(page) -> bool:
        widths = picture_widths(page)
        return shown <= widths.keys() and all(widths[picture] > 0 for picture in shown)

    WebDriverWait(window, PATIENCE_S).until(loaded)
    assert "no champion" in window.find_element(By.TAG_NAME, "body").text
