"""A newsroom in a box: as many invented provincial news stories as a test needs, the same ones every time."""

from tests.replica.newsroom.generator import newsroom
from tests.replica.newsroom.neighbours import NEIGHBOURS
from tests.replica.newsroom.newsrooms import NEWSROOMS, Newsroom

__all__ = ["NEIGHBOURS", "NEWSROOMS", "Newsroom", "newsroom"]
