"""What the commands have in common on the command line."""

from typing import Annotated

import typer

EnvironmentName = Annotated[
    str, typer.Option("--env", envvar="TRUNKLINE_ENV", metavar="NAME", help="Which catalog/<NAME>.sql says where everything is.")
]
