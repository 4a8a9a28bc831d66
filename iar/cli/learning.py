"""Commands over networks: train, tune, evaluate; the registry; recipes."""

from pathlib import Path
from typing import Annotated

import typer

from iar.cli.options import ChampionOf, show_help
from iar.errors import InputError
from iar.terminal import counting_bar, formatted, say, show_card, show_evaluation

app = typer.Typer()
models = typer.Typer(
    invoke_without_command=True, callback=show_help, help="Networks in the registry: list, show, promote, rollback."
)
app.add_typer(models, name="models")

RegistryPlace = Annotated[
    str, typer.Option("--registry", metavar="URL", help="Registry of networks: a folder, or an MLflow server.")
]
Which = Annotated[str, typer.Argument(help="Number of a version, or champion.")]
RecipeFile = Annotated[
    Path | None, typer.Option("--recipe", metavar="FILE", help="YAML file of the training, as `iar recipe` prints it.")
]
Preset = Annotated[str, typer.Option(help="light (ours), x-unet or k-unet (of the dissertation).")]


LabelledArchive = Annotated[str | None, typer.Option("--archive", help="Archive of the real nights.")]
Curated = Annotated[Path | None, typer.Option(help="CSV of good nights in it: night,verdict,who,why.")]
JudgedBy = Annotated[
    Path | None,
    typer.Option("--processing", help="YAML file of your processing: networks are judged by your nights' rules."),
]
Drawn = Annotated[Path | None, typer.Option(help="Folder of masks that people drew, of nights in it.")]


Labels = Annotated[
    str | None,
    typer.Option(help="Labels of people in it: latest, or a version as `iar labels list` says it."),
]


@app.command("recipe")
def print_recipe(
    file: Annotated[Path | None, typer.Argument(help="YAML file; the preset without one.")] = None,
    preset: Preset = "light",
) -> None:
    """Print a training as YAML, to change and give to --recipe. It says what each field means and allows."""
    from iar.school.retrain import read_recipe
    from iar.settings import settings_yaml

    typer.echo(settings_yaml(read_recipe(file, preset)), nl=False)


@app.command("space")
def print_space(
    space: Annotated[str, typer.Argument(help="dissertation-1, dissertation-2, or a YAML file.")] = "dissertation-1",
) -> None:
    """Print a search space as YAML, to change and give to --space of `iar tune`."""
    import yaml

    from iar.school.tune import read_space

    typer.echo(yaml.safe_dump(read_space(space).model_dump(mode="json"), sort_keys=False), nl=False)


@app.command()
def train(  # noqa: PLR0913, PLR0917 - options of a command, all named
    registry: RegistryPlace,
    recipe: RecipeFile = None,
    preset: Preset = "light",
    nights: Annotated[int | None, typer.Option(min=0, help="Simulated nights to learn from.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the examples.")] = None,
    folds: Annotated[int | None, typer.Option(min=0, help="Folds of the cross-validation; 0: none.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the examples and of the weights.")] = None,
    evaluation_nights: Annotated[
        int | None,
        typer.Option(min=7, help="Simulated nights to be judged on; a champion is beaten on as many as it had (300)."),
    ] = None,
    archive: LabelledArchive = None,
    curated: Curated = None,
    drawn: Drawn = None,
    labels: Labels = None,
    place: Annotated[
        Path | None, typer.Option(help="Folder of the training until it is recorded; in the registry's by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that simulate the examples.")] = 1,
    processing: JudgedBy = None,
) -> None:
    """Train a network; promote it if it beats the champion. Folds, final model, evaluation; a killed one goes on.

    What no option says is as in the recipe.
    """
    from iar.learning.registry.versions import Registry
    from iar.school.retrain import choose_recipe, run_training, trainings_place
    from iar.settings import load_processing

    chosen = choose_recipe(
        recipe, preset, nights=nights, epochs=epochs, folds=folds, seed=seed, evaluation_nights=evaluation_nights,
        archive=archive, curated=curated, drawn=drawn, labels=labels,
    )  # fmt: skip
    settings = load_processing(processing)
    books = Registry(registry)
    here = place or trainings_place(registry)
    number, decision = run_training(
        chosen, books, here, settings, workers=workers, tell=lambda line: typer.echo(line, err=True)
    )
    say(f"version {number} of {chosen.name} is in {registry}")
    say(decision)


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - options of a command, all named
    out: Annotated[Path | None, typer.Option("--out", help="HTML file of the whole report.")] = None,
    bundle: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a network's bundle; the shipped one by default. Several: their mean."),
    ] = None,
    registry: ChampionOf = None,
    version: Annotated[str, typer.Option(help="Of the registry: a number, or champion.")] = "champion",
    folds: Annotated[
        bool, typer.Option("--folds", help="Mean of the networks of its folds, where keep_folds kept them.")
    ] = False,
    nights: Annotated[
        int, typer.Option(min=7, help="Simulated nights of all scenarios to judge it on, the same ones each time.")
    ] = 300,
    flips: Annotated[
        bool, typer.Option("--flips", help="Mean over the night forwards and backwards, and with the channels swapped.")
    ] = False,
    archive: LabelledArchive = None,
    curated: Curated = None,
    drawn: Drawn = None,
    processing: JudgedBy = None,
) -> None:
    """Judge a network beside the published detector. On simulated nights, and on labelled nights of an archive."""
    from iar.school.evaluate import choose_subject, evaluate, turned_subject
    from iar.school.evaluation_report import check_report_file, write_report
    from iar.school.examples import gather_labelled
    from iar.settings import load_processing

    settings = load_processing(processing)
    if out is not None:
        check_report_file(out)
    if registry is None and version != "champion":
        raise InputError(f"--version {version} of which registry? give --registry, too")
    if archive is not None and curated is None and drawn is None:
        raise InputError("--archive has no labels by itself: give --curated or --drawn, too")
    subject = choose_subject(bundle or [], registry, version, folds=folds)
    if flips:
        subject = turned_subject(subject)
    labelled = {}
    for name, source in (("curated", curated), ("drawn", drawn)):
        if source is not None:
            with counting_bar("gathering", 0, f"{name} night") as count:
                labelled[name] = gather_labelled(name, source, archive, step=subject.step, report=count)
    with counting_bar("judging", nights) as count:
        evaluated = evaluate(subject, nights=nights, labelled=labelled, processing=settings, report=count)
    show_evaluation(evaluated.numbers)
    if out is not None:
        write_report(subject, evaluated, out)
        say(f"wrote {out}")


@app.command()
def tune(  # noqa: PLR0913, PLR0917 - options of a command, all named
    storage: Annotated[str, typer.Option(help="Database of the trials: an SQLite file, or sqlite://, postgresql://.")],
    space: Annotated[
        str, typer.Option(help="dissertation-1, dissertation-2, or a YAML file of parameters.")
    ] = "dissertation-1",
    study: Annotated[str | None, typer.Option(help="Name of the study in it; that of the space by default.")] = None,
    sampler: Annotated[str, typer.Option(help="grid, tpe or random.")] = "grid",
    pruner: Annotated[str, typer.Option(help="none, or hyperband: hopeless trials end early.")] = "none",
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all; of a grid all its points.")] = None,
    recipe: RecipeFile = None,
    preset: Preset = "light",
    nights: Annotated[int | None, typer.Option(min=0, help="Simulated nights to learn from.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the examples.")] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="Folds of the cross-validation.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of examples, weights and search.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for pictures of the study.")] = None,
) -> None:
    """Search for the best settings of a training. Run again, or in other processes at once, it shares the trials.

    What no option says is as in the recipe.
    """
    from iar.learning.registry.tracking import without_password
    from iar.learning.tuning.space import TuneConfig
    from iar.school.retrain import choose_recipe
    from iar.school.tune import draw_tuning, read_space, rest_of_grid, run_tuning
    from iar.settings.faults import in_one_line

    chosen = choose_recipe(recipe, preset, nights=nights, epochs=epochs, folds=folds, seed=seed)
    with in_one_line("tune", TuneConfig):
        fields = {"sampler": sampler, "pruner": pruner, "trials": trials, "seed": seed or 0}
        config = TuneConfig.model_validate(fields)
    searched = read_space(space)
    name = study or Path(space).stem
    tuned = run_tuning(chosen, searched, config, storage=storage, study=name, show=counting_bar)
    for trial in sorted((one for one in tuned.trials if not one.pruned), key=lambda one: one.value)[:3]:
        what = ", ".join(f"{name} {value}" for name, value in trial.parameters.items())
        say(f"trial {trial.number}: loss {trial.value:.4f} with {what}")
    say(f"{len(tuned.trials)} trial(s) in {without_password(storage)}{rest_of_grid(tuned, searched, config)}")
    for path in draw_tuning(tuned, out) if out is not None else []:
        say(f"drew {path}")


@models.command("list")
def list_models(registry: RegistryPlace) -> None:
    """Show every version: when, how good, which is the champion."""
    from iar.learning.registry.versions import Registry

    versions = Registry(registry).versions()
    for one in versions:
        marks = f"  <- {', '.join(one.aliases)}" if one.aliases else ""
        p = one.performance
        say(f"{one.number:>4}  {one.when:%Y-%m-%d %H:%M}  {one.name:<10}  F1 {formatted(p.f1, '.3f')}  "
            f"false nights {formatted(p.false_nights, '.1%')}{marks}")  # fmt: skip
    say(f"{len(versions)} version(s) in {registry}")


@models.command("show")
def show_model(
    registry: RegistryPlace,
    which: Which = "champion",
    as_json: Annotated[bool, typer.Option("--json", help="The whole card, for machines.")] = False,
) -> None:
    """Show what a version learnt from, how good it is, and where its bundle lies. The whole card: --json."""
    from iar.learning.registry.versions import Registry

    books = Registry(registry)
    version = books.get(which)
    card = books.card(version.number)
    if as_json:
        typer.echo(card.model_dump_json(indent=1))
    else:
        show_card(card)
    say(f"version {version.number}: {books.bundle_folder(version.number)}")


@models.command("promote")
def promote_model(
    registry: RegistryPlace,
    which: Annotated[str, typer.Argument(help="Number of a version.")],
    force: Annotated[bool, typer.Option("--force", help="Without comparing it with the champion.")] = False,
) -> None:
    """Make a version the champion, if it beats the present one. The first has to beat the shipped network."""
    from iar.detection.bundle import SHIPPED, read_card
    from iar.learning.registry.versions import Registry

    say(Registry(registry).promote(which, force=force, in_use=read_card(SHIPPED)))


@models.command("rollback")
def roll_back(registry: RegistryPlace) -> None:
    """Return to the champion before this one."""
    from iar.learning.registry.versions import Registry

    say(Registry(registry).rollback())
