"""Training: a scikit-learn estimator that makes a `LineModel` of labelled pages."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from detector.cleaner import Cleaner
from detector.errors import InputError
from detector.features import COLUMNS, LineScores, family_columns
from detector.features.structure import structure_columns
from detector.features.tree import Tree, grow_tree
from detector.labels import ARTICLE, NOISE, LabelledPage
from detector.model import Judge, LineModel, judge_lines
from detector.page import Page
from detector.segment.chars import build_tables
from detector.stages import StructureModel
from detector.training.crossval import as_pages
from detector.training.dataset import Dataset, labelled_pages, make_dataset, site_folds, word_rarity
from detector.training.dress import dress
from detector.training.glue import learn_glue
from detector.training.inject import INJECTED, inject_all
from detector.training.kinds import KnownKinds, fit_kind_model
from detector.training.perceptron import Settings
from detector.training.phrases import Inventory
from detector.training.repeats import training_repeats
from detector.training.stage_one import fit_stage_one, fit_structure
from detector.training.stage_three import calibrate, fit_stage_three
from detector.training.stage_two import fit_stage_two
from detector.training.verdicts import Verdict, verdicts_of

log = logging.getLogger(__name__)


class LineClassifier(ClassifierMixin, BaseEstimator):
    """Tells the article from the noise, line by line.

    Three stages with out-of-fold stacking by site: a linear model of hashed n-grams scores each line
    by itself, then an ensemble of small perceptrons judges it by those scores and the shapes around
    it, by how its words relate to the page and by its place; a last perceptron judges it by those
    verdicts on the lines around it and by what its site repeats.  ``docs/method.md`` tells the whole.

    Parameters
    ----------
    n_folds
        Folds by site for stacking.
    n_networks
        Perceptrons in the ensemble.
    hidden
        Their hidden layers.
    epochs, learning_rate, alpha, dropout
        How each perceptron of stage two is trained; `dropout` is the share of inputs blanked in each epoch.
    line_alpha
        Regularisation of the linear models.
    phrases
        Folder of phrase inventories for injected noise, or None for no injection.
    threshold
        Probability of noise from which on a line is noise when a fixed threshold is asked for.
    seed
        The same seed and data give the same model.
    n_jobs
        Threads for the linear models, processes for the perceptrons; the model is the same for any number.

    Attributes
    ----------
    classes_
        ``["article", "noise"]``, the columns of `predict_proba`.
    model_
        The trained `LineModel`.
    figures_
        dict: figures of the training lines, out of fold by site.
    verdicts_
        list: training pages and their verdicts out of fold, as text and then as HTML.
    """

    def __init__(
        self,
        *,
        n_folds: int = 5,
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
        with threadpool_limits(1, "blas"):  # other numbers of threads round otherwise
            return self._fit(labelled_pages(X, y), progress)

    def _fit(self, pages: list[LabelledPage], progress: Callable[[str], None]) -> LineClassifier:
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
        stage_one, scores = fit_stage_one(
            data, weights, fold, alpha=self.line_alpha, seed=self.seed, n_jobs=self.n_jobs
        )
        kinds, known = fit_kind_model(data, weights, fold, seed=self.seed, n_jobs=self.n_jobs)
        rarity = word_rarity(data)

        progress("stage two: lines in their pages")
        families = family_columns(data.batch, data.tokens, data.lines, scores, rarity)
        text = self._fit_judge(data, families, known, None, weights, fold, progress)
        structure_model, html = self._fit_html(data, scores, known, rarity, fold, progress)
        real = _real_lines(data)
        self.figures_ = text.figures | {
            f"{name}, HTML": value for name, value in (html.figures if html else {}).items()
        }
        self.verdicts_ = [*text.verdicts, *(html.verdicts if html else ())]
        self.model_ = LineModel(
            tables=tables,
            glue=learn_glue([page for page in pages if page.source != INJECTED], inventory, tables),
            rarity=rarity,
            stage_one=stage_one,
            line_calibration=calibrate(scores.article[real].astype(float), data.target[real]),
            kinds=kinds,
            text=text.judge,
            structure=structure_model,
            html=html.judge if html else None,
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
        pages = (next(as_pages([item])) if isinstance(item, LabelledPage) else item for item in X)
        p_noise = [page.scores.p_noise for page in Cleaner(self.model_).clean_many(pages, format="text")]
        noise = np.concatenate([*p_noise, np.zeros(0)])
        return np.stack([1 - noise, noise], 1)

    def predict(self, X: Iterable[str | Page | LabelledPage]) -> NDArray[np.str_]:
        """Label of every line of pages; see `predict_proba` for what a row is."""
        noise = self.predict_proba(X)[:, 1] >= self.threshold
        return np.asarray(self.classes_[noise.astype(int)])

    def score(
        self, X: Iterable[LabelledPage] | Sequence[str], y: Any = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Share of labelled lines that get their label."""
        check_is_fitted(self, "model_")
        right = []
        for page in labelled_pages(X, y):
            if not page.segments:
                continue
            data = make_dataset([page], self.model_.tables)
            scores = self.model_.stage_one.scores(data.batch, data.tokens)
            trees = None if page.structure is None else [page.structure]
            prepared = self.model_.prepare(data.batch, data.tokens, scores, trees)
            p_noise = judge_lines(prepared, data.batch.page_rows)
            right.append(((p_noise >= self.threshold) == (data.target == 0))[data.usable])
        weights = None if sample_weight is None else np.asarray(sample_weight)
        return float(np.average(np.concatenate(right), weights=weights))

    def _augment(
        self, pages: list[LabelledPage], folds: NDArray[np.int64], inventory: Inventory | None
    ) -> tuple[list[LabelledPage], NDArray[np.int64]]:
        if inventory is None:
            return pages, folds
        made, made_folds = inject_all(pages, inventory, folds.tolist(), self.seed)
        return [*pages, *made], np.concatenate([folds, made_folds]).astype(np.int64)

    def _fit_html(
        self,
        data: Dataset,
        scores: LineScores,
        known: KnownKinds,
        rarity: NDArray[np.uint8],
        fold: NDArray[np.int64],
        progress: Callable[[str], None],
    ) -> tuple[StructureModel | None, _Fitted | None]:
        """What HTML adds; nothing where there are too few pages of it.  Pages of text are put into HTML."""
        has_tree = np.array([page.structure is not None for page in data.pages])[data.page]
        usable = data.usable & has_tree
        if len(np.unique(fold[usable])) < 2 or len(np.unique(data.target[usable])) < 2:
            return None, None
        progress("structure of HTML")
        data = data._replace(pages=[self._dressed(page) for page in data.pages])
        weights = data.weights()
        tree = grow_tree([page.structure for page in data.pages if page.structure is not None], data.batch)
        found = data._replace(usable=usable)  # the tags that were put around text tell nothing of tags
        model, by_structure = fit_structure(tree, found, weights, fold, alpha=self.line_alpha, seed=self.seed)
        columns = structure_columns(tree, scores.article, by_structure, data.lines.n_chars, data.batch.page_rows)
        families = (*family_columns(data.batch, data.tokens, data.lines, scores, rarity), columns)
        progress("stage two: lines in their HTML")
        return model, self._fit_judge(data, families, known, tree, weights, fold, progress)

    def _dressed(self, page: LabelledPage) -> LabelledPage:
        return page if page.structure is not None else dress(page, random.Random(f"{self.seed}:{page.id}:html"))

    def _fit_judge(
        self,
        data: Dataset,
        families: Iterable[NDArray[np.float32]],
        known: KnownKinds,
        tree: Tree | None,
        weights: NDArray[np.float64],
        fold: NDArray[np.int64],
        progress: Callable[[str], None],
    ) -> _Fitted:
        """Stages two and three for one format of pages."""
        settings = self._settings()
        two, log_odds = fit_stage_two(data, families, known, weights, fold, settings, progress)
        repeats = training_repeats(data, self.seed)
        three = fit_stage_three(data, log_odds, repeats, tree, weights, fold, _real_lines(data), settings, progress)
        verdicts = verdicts_of(data, three.p_noise, text_only=tree is None)
        return _Fitted(Judge(two, three.stage), three.figures, verdicts)

    def _settings(self) -> Settings:
        return Settings(*(getattr(self, name) for name in Settings._fields))


class _Fitted(NamedTuple):
    """The stages for one format, figures of its training lines out of fold, and the verdicts on its pages."""

    judge: Judge
    figures: dict[str, float]
    verdicts: list[Verdict]


def _real_lines(data: Dataset) -> NDArray[np.bool_]:
    """Labelled lines of pages as they were found, by which probabilities are calibrated."""
    is_real = np.array([page.source != INJECTED for page in data.pages], np.bool_)
    return data.usable & is_real[data.page]
