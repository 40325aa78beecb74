"""Do due work now, see what waits and what has failed."""

from __future__ import annotations

from typing import Annotated

import typer

from shopbot import messages

app = typer.Typer(no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON for programs.")


@app.command()
def run(
    until: Annotated[
        str | None,
        typer.Option(help="Do all that falls due up to this time, the clock jumping ahead."),
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Do the work that is due; another worker may run at the same time."""
    from shopbot.commands import _jobs as behind

    with behind.open_desk() as desk:
        told = behind.do_due_work(desk, until)
        behind.show(told, as_json, lambda: behind.run_lines(told))


@app.command("list")
def list_(
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    state: Annotated[str, typer.Option(help="waiting, running, done, dead.")] = "",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List jobs, next due first; without options those that wait, run or were given up."""
    from shopbot.commands import _jobs as behind

    states = behind.states(state, dead=dead)
    with behind.open_desk() as desk:
        told = behind.list_jobs(desk, states, count)
        behind.show(told, as_json, lambda: behind.job_lines(told, desk))


@app.command()
def revive(
    job_id: Annotated[str, typer.Argument(metavar="JOB", help="Id of a job that was given up.")],
) -> None:
    """Give a job another round of attempts, once the reason is mended."""
    from shopbot import jobs
    from shopbot.commands import _jobs as behind
    from shopbot.errors import NotFound

    with behind.open_desk() as desk:
        if not jobs.revive(desk.db, store_id=desk.store_id, job_id=job_id, now=desk.now):
            raise NotFound("job")
    typer.echo(messages.text("jobs.revived", id=job_id))
