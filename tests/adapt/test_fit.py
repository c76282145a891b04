import numpy as np

from detector.adapt.fit import PRIOR_MEAN, SitePage, fit_profile, fit_weights
from detector.labels import LabelledPage, LabelledSegment
from detector.training.crossval import as_pages


def test_without_lines_the_weights_are_the_priors():
    none = np.zeros((0, 3))
    mean = np.array([1.0, 0.5, -2.0])
    assert np.array_equal(fit_weights(none, np.zeros(0, np.int8), np.zeros(0), mean, np.ones(3)), mean)


def test_the_weights_are_where_the_gradient_is_nought():
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(300, 4))
    target = (inputs @ [2, -1, 0, 0.5] + rng.normal(size=300) > 0).astype(np.int8)
    weights, mean, precision = rng.uniform(0.1, 2, 300), np.array([1.0, 0, 0, 0]), np.array([3.0, 1, 1, 10])
    beta = fit_weights(inputs, target, weights, mean, precision)
    p = 1 / (1 + np.exp(-inputs @ beta))
    assert np.abs(inputs.T @ (weights * (p - target)) + precision * (beta - mean)).max() < 1e-2
    stiff = fit_weights(inputs, target, weights, mean, precision * 1e6)
    assert np.abs(stiff - mean).max() < 1e-3


def test_separable_lines_do_not_run_away():
    inputs = np.array([[1.0, 100.0], [1.0, -100.0]])
    beta = fit_weights(inputs, np.array([1, 0], np.int8), np.ones(2), np.zeros(2), np.ones(2))
    assert np.isfinite(beta).all()
    assert np.abs(beta).max() < 10


def test_labels_are_laid_beside_the_models_lines(cleaner):
    page = LabelledPage(
        "p",
        (
            (LabelledSegment("The ferry sank at dawn.", "article"), LabelledSegment(" [ad_2]", "noise", "ad_marker")),
            (),
            (LabelledSegment("Home", "noise", unsure=True),),
            (LabelledSegment("Nobody knows", None),),
        ),
    )
    clean = next(cleaner.clean_many(as_pages([page])))
    known = SitePage.of(page, clean, cleaner.model.tables)
    by_text = {line.text: label for line, label in zip(clean.lines, known.labels.tolist(), strict=True)}
    assert by_text["Home"] == -1
    assert by_text["Nobody knows"] == -1
    assert by_text.get("[ad_2]", 1) == 1
    assert next(iter(by_text.values())) == 0


def test_a_profile_knows_the_frame_and_its_kinds(cleaner, site_pages):
    clean = cleaner.clean_many(as_pages(site_pages[:5]))
    known = [SitePage.of(page, c, cleaner.model.tables) for page, c in zip(site_pages[:5], clean, strict=True)]
    profile = fit_profile(known, "base")
    assert {line.text for line in profile.lines} == {
        segment.text for segment in site_pages[0].segments if segment.label == "noise"
    }
    assert profile.weights.shape == PRIOR_MEAN.shape
    assert all(line.kind >= 0 for line in profile.lines)
