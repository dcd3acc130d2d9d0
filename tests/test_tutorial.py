"""The notebook runs from top to bottom, what it says is so, and it is stored with its outputs."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"

CLAIMS = [
    ("makes up eight genomes", "len(set(genomes)) == 8"),
    ("and three samples", "len(abundance.samples) == len(set(samples)) == 3"),
    ("That leaves 136 words", "features.n_tnf == 136"),
    ("The encoder turns these 140 numbers into 32", "sum(x.shape[1] for x in inputs) == 140 and latent.shape[1] == 32"),
    ("loss = alpha CE + beta MSE + gamma KLD + delta total", "abs(np.dot(factors[1:], last[1:]) - last.loss) < 1e-4"),
    ("By default 0.15 with several samples", "vambx.EncoderConfig().mse_ratio_for(2) == mse_ratio == 0.15"),
    ("By default 50", "vambx.EncoderConfig().capacity == 50"),
    (
        "a network that knows nothing pays 1 for CE and MSE together",
        "abs(alpha * np.log(n_samples) / n_samples + beta - 1) < 1e-6",
    ),
    ("vambx would take 150 here", "vambx.encode.train.LEAST_STEPS / vambx.encode.batches.BATCHES == 150"),
    ("It does so for the contigs held out too", "first.validation.loss > 1.2 and final.validation.loss < 0.9"),
    ("The dashed loss lies *below* the other", "final.validation.loss < final.training.loss"),
    ("a fifth of the network's units", "config.dropout == 0.2"),
    ("KLD *rises* at first", "max(epoch.validation.kld for epoch in epochs[:20]) > 3 * first.validation.kld"),
    (
        "Of what the network could gain on CE, it has gained nearly all",
        "(depths * np.log(output.depths * 3)).mean() > 0.9 * (depths * np.log(depths * 3)).mean()",
    ),
    ("The shorter the contig, the more it differs from its genome", "sorted(of_in, reverse=True) == of_in"),
    ("much closer to the genome than what went in, for contigs of any length", "(2 * np.array(of_out) < of_in).all()"),
    ("no island holds two genomes", "(genomes[neighbours] == genomes[:, None]).mean() > 0.99"),
    ("at least 200,000 bp", "vambx.BinConfig().min_bin_size == 200_000"),
    ("42% of the variance of the 4-mers is lost", "abs(capacities[0.5]['lost 4-mers'] - 0.42) < 0.05"),
    ("but different genomes do so too", "capacities[0.5]['other genome'] < 0.2 < capacities[5]['other genome']"),
    ("There are fewer clusters than genomes", "capacities[0.5]['clusters'] < 8"),
    ("15% of the variance is lost", "abs(capacities[5]['lost 4-mers'] - 0.15) < 0.02"),
    ("the KLD about three times as much at each step", "all(2 < ratio < 4 for ratio in klds[2:] / klds[1:-1])"),
    ("latent vectors spread out", "sorted(spreads) == spreads"),
    ("Yet little more comes back", "0.7 < capacities[500]['lost 4-mers'] / capacities[5]['lost 4-mers'] < 1"),
    (
        "Contigs of one genome lie a little further apart than with 5",
        "capacities[5]['same genome'] < min(capacities[50]['same genome'], capacities[500]['same genome']) < 0.12",
    ),
    ("from 5 to 500 there are 8 clusters", "[capacities[x]['clusters'] for x in (5, 50, 500)] == [8, 8, 8]"),
    (
        "From 0.05 to 0.95 the loss of 4-mers falls from 13% to 12%",
        "abs(ratios[0.05]['lost 4-mers'] - 0.13) < 0.01 and abs(ratios[0.95]['lost 4-mers'] - 0.12) < 0.01",
    ),
    (
        "and that of the total rises from 4.5% to 5%",
        "abs(ratios[0.05]['lost total'] - 0.045) < 0.01 and abs(ratios[0.95]['lost total'] - 0.05) < 0.01",
    ),
    (
        "With 0.95 contigs of one genome lie further apart",
        "ratios[0.95]['same genome'] > 1.5 * ratios[0.5]['same genome']",
    ),
    ("With a small `mse_ratio` the layout has little to do with composition", "alike[0.05] < 0.3"),
    ("With a large one, genomes that are alike in composition lie near", "alike[0.95] > 0.6"),
    ("With one sample they are a single number, and it takes 0.5", "vambx.EncoderConfig().mse_ratio_for(1) == 0.5"),
    ("a tenth of the inputs is hidden", "vambx.EncoderConfig().noise == 0.1"),
    ("about 5% of the 4-mers' variance", "abs(encoders['PCA']['lost 4-mers'] - 0.05) < 0.01"),
    (
        "and next to nothing of the rest",
        "max(encoders['PCA']['lost depths'], encoders['PCA']['lost total']) < 0.001",
    ),
    (
        "0.19 to 0.31",
        "abs(encoders['PCA']['same genome'] - 0.19) < 0.01 and abs(encoders['PCA']['other genome'] - 0.31) < 0.01",
    ),
    (
        "where the VAE has 0.07 to 0.78",
        "abs(encoders['VAE']['same genome'] - 0.07) < 0.03 and abs(encoders['VAE']['other genome'] - 0.78) < 0.1",
    ),
    ("there are more clusters than genomes", "encoders['PCA']['clusters'] > 8"),
    (
        "The DAE does about as well as the VAE here",
        "encoders['DAE']['clusters'] == 8 and encoders['DAE']['other genome'] > 4 * encoders['DAE']['same genome']",
    ),
]

PREPARED = """
import json
epochs = model.history.epochs
first, final = epochs[0], epochs[-1]
parts = [(low * 1000 <= lengths) & (lengths < high * 1000) for low, high in ((2, 5), (5, 10), (10, 20), (20, 100))]
of_in, of_out = ([np.median(error[part]) for part in parts] for error in errors[1:])
neighbours = np.argsort(euclidean_distances(flat), axis=1)[:, 1:4]
klds = np.array([result["KLD"] for result in capacities.values()])
spreads = [result["spread"] for result in capacities.values()]
"""


def text_of(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def cells_of(notebook, kind):
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == kind}


def recovered(cell):
    found, of = re.search(r"(\d+) of (\d+) genomes came back near-complete", text_of(cell)).groups()
    return int(found), int(of)


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(TUTORIAL, as_version=4)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The notebook, run anew, with one more cell that says which claims hold."""
    root = tmp_path_factory.mktemp("tutorial")
    notebook = nbformat.read(TUTORIAL, as_version=4)
    checks = ", ".join(f"{claim!r}: bool({check})" for claim, check in CLAIMS)
    notebook.cells.append(nbformat.v4.new_code_cell(f"{PREPARED}print(json.dumps({{{checks}}}))", id="checks"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(root / name))  # the user's own kernels and settings do not come into it
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.delenv("JUPYTER_PATH", raising=False)
        patch.delenv("MPLBACKEND", raising=False)  # the kernel sets its own, which keeps figures as outputs
        where = {"metadata": {"path": str(root)}}
        NotebookClient(notebook, kernel_name="python3", timeout=600, resources=where).execute()
    return notebook


@pytest.fixture(scope="module")
def held(ran):
    return json.loads(text_of(ran.cells[-1]))


@pytest.mark.parametrize("claim", [claim for claim, _ in CLAIMS])
def test_what_the_text_says_is_so(claim, stored, held):
    prose = " ".join(" ".join(cell.source for cell in cells_of(stored, "markdown").values()).split())
    assert claim in prose
    assert held[claim]


def test_the_genomes_come_back(ran, stored):
    for notebook in (ran, stored):
        code = cells_of(notebook, "code")
        for name in ("count", "result"):
            found, of = recovered(code[name])
            assert of == 8
            assert found >= 7


def test_models_are_the_same_after_loading(ran):
    code = cells_of(ran, "code")
    assert "mu is the same after loading: True" in text_of(code["save"])
    assert "mu is the same from the encoder alone: True" in text_of(code["encoder"])


def test_what_is_stored_is_what_comes_out(ran, stored):
    for name in ("features", "one-contig", "truth", "factors"):  # what is learnt may differ a little elsewhere
        assert text_of(cells_of(stored, "code")[name]) == text_of(cells_of(ran, "code")[name])


def test_the_live_plot_leaves_its_last_figure_alone(ran, stored):
    for notebook in (ran, stored):
        (output,) = cells_of(notebook, "code")["draw-losses"].outputs
        assert "image/png" in output.data


def test_the_notebook_is_stored_with_its_outputs_and_is_small(stored):
    nbformat.validate(stored)
    assert TUTORIAL.stat().st_size < 1_000_000
    assert stored.metadata.kernelspec.name == "python3"
    code = list(cells_of(stored, "code").values())
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 6
    assert {output.output_type for output in outputs} == {"stream", "display_data"}
    assert {output.name for output in outputs if output.output_type == "stream"} == {"stdout"}
    texts = "".join(map(text_of, code))
    assert not re.search(r"/(home|root|tmp|Users|var)/", texts)
