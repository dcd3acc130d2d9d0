"""What a page tells of the training."""

from typing import Any

from vambx.report.numbers import significant
from vambx.report.run_data import RunData

TERMS = ("loss", "ce", "mse", "kld", "total", "contrast")


def training_table(run: RunData) -> dict[str, Any]:
    """The epochs by columns, and the one that was kept; `epoch` is empty where nothing is known of them."""
    history = run.history or ()
    names = ("epoch", "learning_rate", "kld_share", *TERMS, *(f"validation_{term}" for term in TERMS))
    table: dict[str, Any] = {name: significant((row.get(name) for row in history), 5) for name in names}
    table["kept"] = next((row["epoch"] for row in history if row["kept"]), None)
    return table


def training_said(run: RunData) -> str:
    """The training in a sentence or two; why there is nothing to show, if so."""
    step = run.account.get("steps", {}).get("latent")
    if step is None:
        return "The encoder is not trained yet."
    settings = step["settings"]
    encoder = {"vae": "variational autoencoder", "dae": "denoising autoencoder"}.get(settings.get("encoder", "vae"))
    if run.latent is None:
        return "Nothing was trained: there were too few contigs to learn from, and each was left to itself."
    if encoder is None:
        return "Principal components stand in place of a network; they are computed, not trained."
    if not run.history:
        return f"A {encoder} was trained, but the folder does not tell how (it is of an older version of vambx)."
    kept = next((row["epoch"] for row in run.history if row["kept"]), None)
    said = f"A {encoder} with {run.latent.shape[1]} latent dimensions, trained for {len(run.history)} epochs."
    if run.history[-1].get("validation_loss") is None:
        return f"{said} No contigs were held out (--validation), so the weights of the last epoch were kept."
    return (
        f"{said} {settings.get('validation', 0):.0%} of the contigs were held out to judge it, and the weights of "
        f"epoch {kept:.0f} were kept, which did best on them."
    )
