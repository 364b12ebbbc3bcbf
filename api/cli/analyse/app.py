"""`brainrank analyse`: the metrics on one's own arrays and tables, with no model and no database."""

import typer

from brainrank.api.cli.analyse.encoding import encoding
from brainrank.api.cli.analyse.error_consistency import error_consistency
from brainrank.api.cli.analyse.psychometric import psychometric
from brainrank.api.cli.analyse.rsa import rsa
from brainrank.api.cli.analyse.shape_bias import shape_bias

analyse = typer.Typer(help="Analyse your own arrays and trials: nothing is stored or sent.", no_args_is_help=True)
analyse.command("error-consistency")(error_consistency)
analyse.command("shape-bias")(shape_bias)
analyse.command("psychometric")(psychometric)
analyse.command("encoding")(encoding)
analyse.command("rsa")(rsa)
