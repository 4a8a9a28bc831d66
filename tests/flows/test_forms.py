"""The forms in Prefect's page: titles, descriptions, menus and bounds; nobody can put a password into them."""

import datetime as dt

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate

from flows.backfill import backfill
from flows.check_archive import check_archive
from flows.completeness import completeness
from flows.find_fringes import find_fringes
from flows.forms import plain_form
from flows.ingest_hours import ingest_hours
from flows.retrain import retrain
from flows.tune import tune
from iar.errors import InputError
from iar.learning.retraining import Recipe, given_recipe
from iar.learning.training.losses import LossName
from iar.learning.tuning.space import SPACES

FLOWS = (ingest_hours, find_fringes, backfill, completeness, retrain, tune, check_archive)


def form(flow: Flow) -> dict:
    return plain_form(parameter_schema(flow).model_dump_for_openapi())


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_has_a_title_a_description_and_one_type(flow):
    for name, field in form(flow)["properties"].items():
        assert field["title"] != name
        assert field["description"]
        assert isinstance(field["type"], str), name
        assert "anyOf" not in field


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_server_takes_a_form_in_which_only_what_is_required_was_filled_in(flow):
    schema = form(flow)
    filled = dict.fromkeys(schema["required"], "x")
    nothing = {
        name: None for name, field in schema["properties"].items() if "default" not in field and name not in filled
    }
    assert validate(filled, schema) == []
    assert validate(filled | nothing, schema) == []
    assert flow.validate_parameters(filled | nothing)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_required_field_that_was_emptied_is_refused(flow):
    schema = form(flow)
    for name in schema["required"]:
        assert validate(dict.fromkeys(schema["required"], "x") | {name: ""}, schema, raise_on_error=False), name


def test_choices_are_menus():
    learning, search = form(retrain)["properties"], form(tune)["properties"]
    assert learning["preset"]["enum"] == ["light", "x-unet", "k-unet"]
    assert learning["loss"]["enum"] == ["as the preset", *LossName.__args__]
    assert search["space"]["enum"] == list(SPACES)
    assert search["sampler"]["enum"] == ["tpe", "grid", "random"]
    assert search["pruner"]["enum"] == ["none", "hyperband"]


def test_numbers_have_their_bounds():
    fields = form(retrain)["properties"]
    assert (fields["folds"]["minimum"], fields["folds"]["maximum"]) == (0, 1000)
    assert (fields["learning_rate"]["exclusiveMinimum"], fields["learning_rate"]["exclusiveMaximum"]) == (0, 1)
    assert validate({"registry": "x", "epochs": 0}, form(retrain))


def test_what_a_recipe_refuses_its_form_refuses():
    """Bounds are the recipe's own; a search needs folds to compare by."""
    fields = form(retrain)["properties"]
    for name in ("epochs", "folds", "self_training_rounds", "evaluation_nights"):
        lowest, highest = fields[name]["minimum"], fields[name]["maximum"]
        given_recipe(Recipe(), **{name: lowest})
        given_recipe(Recipe(), **{name: highest})
        for beyond in (lowest - 1, highest + 1):
            with pytest.raises(InputError):
                given_recipe(Recipe(), **{name: beyond})
    assert form(tune)["properties"]["folds"]["minimum"] == 2


def test_nights_are_dates_that_do_not_shift():
    assert form(backfill)["properties"]["first_night"]["format"] == "date"
    taken = backfill.validate_parameters({"archive": "x", "first_night": "2014-01-10"})
    assert taken["first_night"] == dt.date(2014, 1, 10)


def test_emptied_text_is_nothing():
    taken = retrain.validate_parameters({"registry": "x", "recipe": "", "archive": ""})
    assert taken["recipe"] is None
    assert taken["archive"] is None


@pytest.mark.parametrize(
    ("storage", "faults"),
    [("postgresql://iar:hush@db/iar", 1), ("postgresql://iar@db/iar", 0), ("trials.db", 0), (None, 0)],
)
def test_server_refuses_a_place_with_a_password(storage, faults):
    assert len(validate({"registry": "x", "study": "s", "storage": storage}, form(tune))) == faults


def test_name_of_a_study_is_no_path():
    assert validate({"registry": "x", "study": "../s"}, form(tune))
