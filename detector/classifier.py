"""Training: a scikit-learn estimator that makes a `LineModel` of labelled pages."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from detector.errors import InputError
from detector.features import COLUMNS, SCORE_LIMIT, LineScores, family_columns, heads, to_score_units
from detector.features.context import SCORE_UNIT
from detector.features.structure import structure_columns
from detector.features.tree import grow_tree
from detector.labels import ARTICLE, KINDS, NOISE, LabelledPage
from detector.metrics import calibration_error
from detector.model import LineModel, StageOne, StageTwo, StructureModel, noise_probability, page_means
from detector.network import INPUT_UNIT, Network, quantise_inputs
from detector.page import Page
from detector.segment.chars import build_tables
from detector.training.dataset import (
    Dataset,
    head_matrix,
    head_targets,
    labelled_pages,
    make_dataset,
    ngram_matrix,
    page_types,
    site_folds,
    structure_matrix,
    word_rarity,
)
from detector.training.glue import learn_glue
from detector.training.inject import INJECTED, Inventory, inject_all
from detector.training.splice import SPLICED, splice_all

log = logging.getLogger(__name__)

_LINE_EPOCHS: Final = 4
_HEAD_EPOCHS: Final = 3
_BATCH_SIZE: Final = 512
_WEIGHT_LIMIT: Final = (1 << 15) - 1
_HEAD_LIMIT: Final = 127
_SAMPLE_ROWS: Final = 20_000
_WEAK_KINDS: Final = 0.25
_PAGE_TYPE_C: Final = 0.02


class _Fitted(NamedTuple):
    """A trained stage two and its figures of lines out of fold."""

    stage: StageTwo
    figures: dict[str, float]


class LineClassifier(ClassifierMixin, BaseEstimator):
    """Tells the article from the noise, line by line.

    Two stages with out-of-fold stacking by site: a linear model of hashed n-grams scores each line
    by itself, then an ensemble of small perceptrons judges it by those scores and the shapes around
    it, by how its words relate to the page and by its place.  ``docs/method.md`` tells the whole.

    Parameters
    ----------
    n_folds
        Folds by site for stacking.
    calibration_folds
        How many of them are held out in turn to calibrate stage two.
    n_networks
        Perceptrons in the ensemble.
    hidden
        Their hidden layers.
    epochs, learning_rate, alpha, dropout
        How each perceptron is trained; `dropout` is the share of inputs blanked in each epoch.
    line_alpha
        Regularisation of the linear models.
    phrases
        Folder of phrase inventories for injected noise, or None for no injection.
    threshold
        Probability of noise from which on a line is noise when a fixed threshold is asked for.
    seed
        The same seed and data give the same model.
    n_jobs
        Threads for the linear models.

    Attributes
    ----------
    classes_
        ``["article", "noise"]``, the columns of `predict_proba`.
    model_
        The trained `LineModel`.
    figures_
        dict: figures of the training lines, out of fold by site.
    """

    def __init__(
        self,
        *,
        n_folds: int = 5,
        calibration_folds: int = 2,
        n_networks: int = 3,
        hidden: tuple[int, ...] = (48, 24),
        epochs: int = 6,
        learning_rate: float = 2e-3,
        alpha: float = 1e-3,
        dropout: float = 0.2,
        line_alpha: float = 1e-5,
        phrases: str | Path | None = None,
        threshold: float = 0.5,
        seed: int = 0,
        n_jobs: int = 2,
    ) -> None:
        self.n_folds = n_folds
        self.calibration_folds = calibration_folds
        self.n_networks = n_networks
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.alpha = alpha
        self.dropout = dropout
        self.line_alpha = line_alpha
        self.phrases = phrases
        self.threshold = threshold
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Iterable[LabelledPage] | Sequence[str],
        y: Sequence[Sequence[str]] | None = None,
        *,
        progress: Callable[[str], None] = log.info,
    ) -> LineClassifier:
        """Train on labelled pages.

        Parameters
        ----------
        X
            Labelled pages, or texts of pages with their labels in `y`.
        y
            For texts: for each page the label of each of its non-blank lines.
        progress
            Called with a line of text at each step.

        Returns
        -------
        self

        Raises
        ------
        InputError
            Too few sites to fold by, or labels of one kind only.
        """
        pages = labelled_pages(X, y)
        folds = site_folds(pages, self.n_folds)
        if len(set(folds.tolist())) < 2:
            raise InputError("training needs pages of at least two sites (set 'site' in the labelled pages)")
        inventory = Inventory(Path(self.phrases)) if self.phrases is not None else None
        pages, folds = self._augment(pages, folds, inventory)
        tables = build_tables()
        progress(f"read {len(pages)} pages")
        data = make_dataset(pages, tables)
        if len(set(data.target[data.usable].tolist())) < 2:
            raise InputError("training needs lines of article and lines of noise")
        fold = folds[data.page]
        weights = data.weights()

        progress("stage one: lines by themselves")
        # Spliced pages hold the lines of other pages once more: stage one has seen them.
        rows = data.usable & np.array([page.source != SPLICED for page in pages])[data.page]
        stage_one, scores = self._fit_stage_one(data, weights, rows, fold)
        rarity = word_rarity(data)

        real = data.usable & np.array([page.source not in (SPLICED, INJECTED) for page in pages])[data.page]
        progress("stage two: lines in their pages")
        families = family_columns(data.batch, data.tokens, data.lines, scores, rarity)
        text = self._fit_stage_two(data, families, weights, fold, real, progress)
        structure_model, html = self._fit_html(data, scores, rarity, fold, progress)
        self.figures_ = text.figures | {
            f"{name}, HTML": value for name, value in (html.figures if html else {}).items()
        }
        self.model_ = LineModel(
            tables=tables,
            glue=learn_glue([page for page in pages if page.source not in (SPLICED, INJECTED)], inventory, tables),
            rarity=rarity,
            stage_one=stage_one,
            line_calibration=_calibrate(scores.article[real].astype(float), data.target[real]),
            text=text.stage,
            structure=structure_model,
            html=html.stage if html else None,
            threshold=self.threshold,
        )
        self.classes_ = np.array([ARTICLE, NOISE])
        self.n_features_in_ = len(COLUMNS)
        return self

    def predict_proba(self, X: Iterable[str | Page | LabelledPage]) -> NDArray[np.float64]:
        """Probabilities of article and noise of every line of pages.

        Parameters
        ----------
        X
            Pages or their texts.

        Returns
        -------
        float64 array of shape (n_lines, 2)
            One row a non-blank line (or segment of one) of all pages, in order.
        """
        check_is_fitted(self, "model_")
        p_noise = self.model_.predict([page if isinstance(page, str) else page.text for page in X]).p_noise
        return np.stack([1 - p_noise, p_noise], 1)

    def predict(self, X: Iterable[str | Page | LabelledPage]) -> NDArray[np.str_]:
        """Label of every line of pages; see `predict_proba` for what a row is."""
        noise = self.predict_proba(X)[:, 1] >= self.threshold
        return np.asarray(self.classes_[noise.astype(int)])

    def score(
        self, X: Iterable[LabelledPage] | Sequence[str], y: Any = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Share of labelled lines that get their label."""
        check_is_fitted(self, "model_")
        data = make_dataset(labelled_pages(X, y), self.model_.tables)
        scores = self.model_.stage_one.scores(data.batch, data.tokens)
        stage, inputs = self.model_.prepare(data.batch, data.tokens, scores)
        usable = data.usable
        p_noise = noise_probability(stage.outputs(inputs)[0], stage.calibration)
        right = (p_noise >= self.threshold) == (data.target == 0)
        return float(np.average(right[usable], weights=None if sample_weight is None else np.asarray(sample_weight)))

    def _augment(
        self, pages: list[LabelledPage], folds: NDArray[np.int64], inventory: Inventory | None
    ) -> tuple[list[LabelledPage], NDArray[np.int64]]:
        if inventory is None:
            return pages, folds
        made, made_folds = inject_all(pages, inventory, folds.tolist(), self.seed)
        spliced, spliced_folds = splice_all(pages, folds.tolist(), self.seed)
        return [*pages, *made, *spliced], np.concatenate([folds, made_folds, spliced_folds]).astype(np.int64)

    def _fit_stage_one(
        self, data: Dataset, weights: NDArray[np.float64], rows: NDArray[np.bool_], fold: NDArray[np.int64]
    ) -> tuple[StageOne, LineScores]:
        """The linear models, and their out-of-fold scores for all lines."""
        n_lines = len(data.target)
        matrix = ngram_matrix(data)
        scores = np.zeros(n_lines)
        splits = [*np.unique(fold).tolist(), None]  # None: the model of all lines

        def fit_line(held_out: int | None) -> tuple[int | None, SGDClassifier]:
            train = rows if held_out is None else rows & (fold != held_out)
            return held_out, self._linear(_LINE_EPOCHS).fit(
                matrix[train], data.target[train], sample_weight=weights[train]
            )

        for held_out, line in Parallel(self.n_jobs, prefer="threads")(delayed(fit_line)(split) for split in splits):
            if held_out is None:
                final = line
            else:
                test = fold == held_out
                scores[test] = line.decision_function(matrix[test])

        words = head_matrix(data)
        head_scores = np.zeros((n_lines, len(heads.HEADS)), np.float32)
        head_coef = np.zeros((1 << heads.HEAD_BITS, len(heads.HEADS)))
        head_bias = np.full(len(heads.HEADS), -SCORE_LIMIT)
        tasks = head_targets(data, rows)

        def fit_head(task: int, held_out: int | None) -> tuple[int, int | None, NDArray[np.float64], float]:
            target, usable = tasks[task]
            train = usable if held_out is None else usable & (fold != held_out)
            if len(np.unique(target[train])) < 2:
                return task, held_out, np.zeros(words.shape[1]), -heads.SCORE_LIMIT
            head = self._linear(_HEAD_EPOCHS).fit(words[train], target[train], sample_weight=weights[train])
            return task, held_out, head.coef_[0], float(head.intercept_[0])

        jobs = (delayed(fit_head)(task, split) for task in range(len(tasks)) for split in splits)
        for task, held_out, coef, bias in Parallel(self.n_jobs, prefer="threads", return_as="generator")(jobs):
            if held_out is None:
                head_coef[:, task], head_bias[task] = coef, bias
            else:
                test = fold == held_out
                head_scores[test, task] = words[test] @ coef + bias
        line_weights, line_scale = _round_weights(final.coef_[0], _WEIGHT_LIMIT)
        head_weights, head_scale = _round_weights(head_coef, _HEAD_LIMIT)
        stage_one = StageOne(
            line_weights.astype(np.int16),
            float(line_scale),
            float(final.intercept_[0]),
            head_weights.astype(np.int8),
            np.asarray(head_scale, np.float64),
            head_bias,
        )
        return stage_one, LineScores(to_score_units(scores), head_scores)

    def _linear(self, epochs: int) -> SGDClassifier:
        return SGDClassifier(
            loss="log_loss", alpha=self.line_alpha, max_iter=epochs, tol=None, average=True, random_state=self.seed
        )

    def _fit_html(
        self,
        data: Dataset,
        scores: LineScores,
        rarity: NDArray[np.uint8],
        fold: NDArray[np.int64],
        progress: Callable[[str], None],
    ) -> tuple[StructureModel | None, _Fitted | None]:
        """What HTML adds, learnt from the pages that have it; nothing where there are too few of them."""
        has_tree = np.array([page.structure is not None for page in data.pages])[data.page]
        usable = data.usable & has_tree
        if len(np.unique(fold[usable])) < 2 or len(np.unique(data.target[usable])) < 2:
            return None, None
        progress("structure of HTML")
        fold = fold[has_tree]
        scores = LineScores(scores.article[has_tree], scores.heads[has_tree])
        data = make_dataset([page for page in data.pages if page.structure is not None], build_tables())
        weights = data.weights()
        tree = grow_tree([page.structure for page in data.pages if page.structure is not None], data.batch)
        matrix = structure_matrix(tree)
        by_structure = np.zeros(len(data.target))
        for held_out in np.unique(fold).tolist():
            train, test = data.usable & (fold != held_out), fold == held_out
            line = self._linear(_LINE_EPOCHS).fit(matrix[train], data.target[train], sample_weight=weights[train])
            by_structure[test] = line.decision_function(matrix[test])
        final = self._linear(_LINE_EPOCHS).fit(
            matrix[data.usable], data.target[data.usable], sample_weight=weights[data.usable]
        )
        rounded, scale = _round_weights(final.coef_[0], _WEIGHT_LIMIT)
        model = StructureModel(rounded.astype(np.int16), float(scale), float(final.intercept_[0]))
        columns = structure_columns(
            tree, scores.article, to_score_units(by_structure), data.lines.n_chars, data.batch.page_rows
        )
        families = (*family_columns(data.batch, data.tokens, data.lines, scores, rarity), columns)
        progress("stage two: lines in their HTML")
        return model, self._fit_stage_two(data, families, weights, fold, data.usable, progress)

    def _fit_stage_two(
        self,
        data: Dataset,
        families: Iterable[NDArray[np.float32]],
        weights: NDArray[np.float64],
        fold: NDArray[np.int64],
        real: NDArray[np.bool_],
        progress: Callable[[str], None],
    ) -> _Fitted:
        """Networks, kinds and page types; calibrated by lines out of fold that are `real`."""
        usable = data.usable
        inputs, mean, scale = _standardise(families, usable)
        out_of_fold = np.full(len(inputs), np.nan)
        for held_out in np.unique(fold[usable])[: self.calibration_folds].tolist():
            train, test = usable & (fold != held_out), fold == held_out
            if train.any():
                nets = self._fit_networks(inputs[train], data.target[train], weights[train])
                out_of_fold[test] = _mean_log_odds(nets, inputs[test])
                progress(f"stage two: calibrated on fold {held_out + 1}")
        networks = self._fit_networks(inputs[usable], data.target[usable], weights[usable])
        progress("kinds of noise")
        known = (data.kind >= 0) & (data.target == 0)
        # Kinds read off a page's HTML are many and rough: a share of them does not drown those given by hand.
        weak = np.array([page.structure is not None for page in data.pages])[data.page]
        known &= ~weak | (np.random.default_rng(self.seed).random(len(known)) < _WEAK_KINDS)
        kinds = self._fit_kinds(inputs[known], data.kind[known], weights[known])
        page_types = _fit_page_types(data, inputs)
        real = real & ~np.isnan(out_of_fold)
        target = data.target[real]
        calibration = _calibrate(out_of_fold[real], target)
        p_noise = noise_probability(out_of_fold[real], calibration)
        figures = {
            "lines out of fold": int(real.sum()),
            "noise among them": round(float((target == 0).mean()), 4),
            "area under the ROC curve": round(float(roc_auc_score(target, -p_noise)), 4),
            "expected calibration error": round(calibration_error(p_noise, target == 0), 4),
        }
        return _Fitted(StageTwo(mean, scale, networks, calibration, kinds, page_types), figures)

    def _fit_networks(
        self, inputs: NDArray[np.int8], target: NDArray[np.int8], weights: NDArray[np.float64]
    ) -> tuple[Network, ...]:
        return tuple(
            self._fit_network(inputs, target, weights, self.hidden, self.epochs, self.seed + index)
            for index in range(self.n_networks)
        )

    def _fit_kinds(self, inputs: NDArray[np.int8], kind: NDArray[np.int64], weights: NDArray[np.float64]) -> Network:
        """The network of kinds; a kind without an example gets no chance."""
        if len(np.unique(kind)) < 2:
            layer = np.zeros((inputs.shape[1], len(KINDS)))
            bias = np.where(np.isin(np.arange(len(KINDS)), kind), 0.0, -1.0)
            return Network.from_floats([layer], [bias], inputs[:1].astype(np.float32))
        # Rare kinds weigh more, up to a limit, so that the common ones do not swallow them.
        share = np.bincount(kind, weights=weights, minlength=len(KINDS)) / weights.sum()
        balanced = weights * np.clip(share.max() / np.maximum(share[kind], 1e-9), 1, 20) ** 0.5
        return self._fit_network(inputs, kind, balanced, self.hidden, self.epochs, self.seed, len(KINDS))

    def _fit_network(
        self,
        inputs: NDArray[np.int8],
        target: NDArray[Any],
        weights: NDArray[np.float64],
        hidden: tuple[int, ...],
        epochs: int,
        seed: int,
        n_classes: int = 2,
    ) -> Network:
        rng = np.random.default_rng(seed)
        network = MLPClassifier(
            hidden, alpha=self.alpha, batch_size=_BATCH_SIZE, max_iter=1, warm_start=True, random_state=seed
        )
        step = np.float32(1 / (INPUT_UNIT * (1 - self.dropout)))
        blanked = round(256 * self.dropout)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", UserWarning)  # fewer rows than a batch
            for epoch in range(epochs):
                # A column is missing now and then, so no prediction hangs on one of them.
                kept = rng.integers(0, 256, inputs.shape, dtype=np.uint8) >= blanked
                network.set_params(learning_rate_init=self.learning_rate * (1 - epoch / epochs))
                network.fit(inputs * (kept * step), target, sample_weight=weights)
        coefs, intercepts = list(network.coefs_), list(network.intercepts_)
        if n_classes > 2:
            coefs[-1], intercepts[-1] = _spread(coefs[-1], intercepts[-1], network.classes_, n_classes)
        sample = rng.permutation(len(inputs))[:_SAMPLE_ROWS]
        return Network.from_floats(coefs, intercepts, inputs[sample].astype(np.float32))


def _standardise(
    families: Iterable[NDArray[np.float32]], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    """Inputs of stage two, and what standardises them."""
    inputs, means, scales = [], [], []
    for columns in families:
        mean = columns[usable].mean(0, dtype=np.float64).astype(np.float32)
        scale = (1 / (columns[usable].std(0, dtype=np.float64) + 1e-6)).astype(np.float32)
        means.append(mean)
        scales.append(np.minimum(scale, 1e4))
        inputs.append(quantise_inputs(columns, mean, scales[-1]).astype(np.int8))
    return np.concatenate(inputs, 1), np.concatenate(means), np.concatenate(scales)


def _fit_page_types(data: Dataset, inputs: NDArray[np.int8]) -> Network:
    """A linear model of page types, from the pages of corpora that have several."""
    types = page_types(data.pages)
    filled = np.diff(data.batch.page_rows) > 0
    means = np.zeros((len(types), inputs.shape[1]), np.float32)
    means[filled] = page_means(inputs, data.batch.page_rows[:-1][filled])
    known = filled & (types >= 0)
    if len(np.unique(types[known])) < 2:
        coef = np.zeros((inputs.shape[1], len(heads.PAGE_TYPES)))
        return Network.from_floats([coef], [np.zeros(len(heads.PAGE_TYPES))], means)
    fitted = LogisticRegression(C=_PAGE_TYPE_C, max_iter=2000).fit(means[known] / INPUT_UNIT, types[known])
    coef, intercept = _spread(fitted.coef_.T, fitted.intercept_, fitted.classes_, len(heads.PAGE_TYPES))
    return Network.from_floats([coef], [intercept], means)


def _spread(
    coef: NDArray[Any], intercept: NDArray[Any], classes: NDArray[Any], n_classes: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Outputs for all classes from outputs for those seen in training."""
    if coef.shape[1] == 1:  # two classes share one output
        coef, intercept = np.hstack([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    wide = np.zeros((coef.shape[0], n_classes), coef.dtype)
    bias = np.full(n_classes, -1e3, intercept.dtype)
    wide[:, classes], bias[classes] = coef, intercept
    return wide, bias


def _round_weights(coef: NDArray[np.float64], limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    scale = np.maximum(np.abs(coef).max(0), 1e-12) / limit
    return np.rint(coef / scale), scale


def _mean_log_odds(networks: Sequence[Network], inputs: NDArray[np.int8]) -> NDArray[np.float64]:
    values = inputs.astype(np.float32)
    return np.asarray(sum(network.predict(values)[:, 0].astype(np.float64) for network in networks) / len(networks))


def _calibrate(log_odds: NDArray[np.float64], target: NDArray[np.int8]) -> tuple[float, float]:
    """Platt scaling of log odds of article."""
    scale = SCORE_UNIT if np.abs(log_odds).max(initial=0) > 50 else 1
    fitted = LogisticRegression(C=1e6).fit(log_odds[:, None] / scale, target)
    return float(fitted.coef_[0, 0]) / scale, float(fitted.intercept_[0])
