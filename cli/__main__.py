"""`python -m cli COMMAND`: each command's options; what it does is imported once it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from . import output
from .asked import Asked

app = typer.Typer(
    help=(
        "Try the notifier on your account before you deploy it, and ask it why afterwards. "
        "It uses the configuration and the credentials that `make deploy` uses."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _command(name: str, function: str = "run") -> Callable[..., int]:
    """Return what a command does; its module is imported when it is called."""
    found: Callable[..., int] = getattr(import_module(f"{__package__}.{name}"), function)
    return found


class ChannelName(StrEnum):
    """The channels, by the names that the ledger and the log have for them."""

    SNS = "sns"
    SLACK = "slack"


Context = Annotated[
    list[str] | None,
    typer.Option("-c", "--context", metavar="KEY=VALUE", help="A setting, as for `make deploy`."),
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="A profile of your AWS configuration.")
]
Region = Annotated[
    str | None, typer.Option(metavar="REGION", help="us-east-1, where Partner Central is.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def preview(
    context: Context = None,
    profile: Profile = None,
    region: Region = None,
    *,
    deployed: Annotated[
        bool, typer.Option(help="Plan from the deployed ledger: what the next run would send.")
    ] = False,
    example: Annotated[
        bool, typer.Option(help="Show made-up invitations in place of yours.")
    ] = False,
    send_test: Annotated[
        ChannelName | None, typer.Option(help="Send one marked sample, after asking.")
    ] = None,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Show the messages that would be sent about your pending invitations; send none."""
    asked = Asked(context or (), profile, region)
    if send_test:
        return _command("preview", "send_test")(
            asked, channel=send_test.value, yes=yes, as_json=json
        )
    return _command("preview")(asked, deployed=deployed, example=example, as_json=json)


@app.command()
def doctor(
    context: Context = None,
    profile: Profile = None,
    region: Region = None,
    *,
    offline: Annotated[
        bool, typer.Option(help="Check the configuration alone; call nobody.")
    ] = False,
    json: Json = False,
) -> int:
    """Check everything that the notifier needs, and say how to mend what is wrong."""
    return _command("doctor")(Asked(context or (), profile, region), offline=offline, as_json=json)


@app.command()
def status(
    invitation: Annotated[
        str | None, typer.Argument(help="One invitation's id or ARN, for its whole history.")
    ] = None,
    context: Context = None,
    profile: Profile = None,
    region: Region = None,
    *,
    watch: Annotated[bool, typer.Option(help="Show it again and again.")] = False,
    json: Json = False,
) -> int:
    """Say what is pending, what was told to whom and when, and what is due next and why."""
    asked = Asked(context or (), profile, region)
    return _command("status")(asked, invitation=invitation, watch=watch, as_json=json)


@app.command()
def replay(
    invitation: Annotated[str, typer.Argument(help="The invitation's id or ARN.")],
    context: Context = None,
    profile: Profile = None,
    region: Region = None,
    *,
    channel: Annotated[ChannelName, typer.Option(help="Where to tell it again.")],
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Make an alert due again on one channel, after asking."""
    asked = Asked(context or (), profile, region)
    return _command("replay")(
        asked, invitation=invitation, channel=channel.value, yes=yes, as_json=json
    )


@app.command()
def sandbox(
    context: Context = None,
    profile: Profile = None,
    region: Region = None,
    *,
    reject: Annotated[
        bool, typer.Option(help="Reject it at the end without asking, which cleans up.")
    ] = False,
    patience: Annotated[
        int, typer.Option(min=1, max=1440, metavar="MINUTES", help="How long to wait for it.")
    ] = 15,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Make a first real invitation in the Sandbox catalog, after asking, and follow it."""
    asked = Asked(context or (), profile, region)
    return _command("sandbox")(asked, reject=reject, patience=patience, yes=yes, as_json=json)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0 if all is well, 1 if something is wrong, 2 for wrong usage.

    130 means that it was interrupted.
    """
    try:
        command = typer.main.get_command(app)
        code = int(command.main(arguments, prog_name="python -m cli", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = output.INTERRUPTED
    except Exception as error:  # noqa: BLE001  (told in one line, or raised again)
        return output.failed(error)
    return output.interrupted() if code == output.INTERRUPTED else code


if __name__ == "__main__":
    sys.exit(main())
