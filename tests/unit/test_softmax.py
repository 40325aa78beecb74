"""The regression finds what another library finds, and the descent what calculus says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from shopbot.kb.softmax import Floats, descend, fit


def bowl(at: Floats) -> tuple[float, Floats]:
    """A stretched bowl with its bottom at (1, 2, 3)."""
    scale = np.array([1.0, 10.0, 100.0], dtype=np.float32)
    off = at - np.array([1.0, 2.0, 3.0], dtype=np.float32)
    return float((scale * off * off).sum()), 2 * scale * off


def test_descent_finds_the_bottom() -> None:
    """Curvature that differs a hundredfold is learned on the way."""
    found = descend(bowl, np.zeros(3, dtype=np.float32), 60)

    assert found.tolist() == pytest.approx([1.0, 2.0, 3.0], abs=1e-3)


def test_each_step_goes_down() -> None:
    """More steps never end higher."""
    start = np.zeros(3, dtype=np.float32)
    values = [bowl(descend(bowl, start, steps))[0] for steps in range(12)]

    assert values == sorted(values, reverse=True)


def test_descent_stays_at_the_bottom() -> None:
    """Where nothing slopes, nothing is divided by zero."""
    bottom = np.array([1.0, 2.0, 3.0], dtype=np.float32)

    assert descend(bowl, bottom, 5).tolist() == bottom.tolist()


@pytest.mark.parametrize("classes", [2, 4])
def test_fit_agrees_with_scikit_learn(classes: int) -> None:
    """Same objective, hence the same probabilities, for two classes as for more."""
    chance = np.random.default_rng(0)
    dense = chance.normal(size=(200, 5)).astype(np.float32)
    sparse = csr_matrix((chance.random((200, 12)) < 0.2).astype(np.float32))
    labels = np.arange(200) % classes
    dense[:, 0] += labels
    found = fit(dense, sparse, labels, penalty=1 / 200, steps=200)
    whole = np.hstack([dense, sparse.toarray()])
    known = LogisticRegression(C=1.0, max_iter=1000, tol=1e-8).fit(whole, labels)
    logits = dense @ found.dense + sparse @ found.sparse + found.bias
    told = np.exp(logits - logits.max(axis=1, keepdims=True))
    told /= told.sum(axis=1, keepdims=True)

    # scikit-learn penalises two classes' one row: half as strong as a row for each
    bound = 5e-3 if classes > 2 else 0.05
    assert float(np.abs(told - known.predict_proba(whole)).max()) < bound
