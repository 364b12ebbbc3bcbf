"""The page of words and questions."""

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.render import page
from brainrank.api.pages.terms import ADDRESS, TERMS, anchor

router = APIRouter(include_in_schema=False)


QUESTIONS = {
    "Is the first model on the board the most brain-like one?": "Only as far as its rank says: 1–3 may be the first to "
    "the third, and on these benchmarks alone. Another region, other images or another metric may say otherwise; "
    "compare the groups.",
    "Why is a mean of .6 not '60 % of the brain explained'?": "It is a share of what the noise of these data lets any "
    "model reach, averaged over groups of benchmarks. Data with more repeats have another ceiling.",
    "Why does a benchmark not count?": "It has no noise ceiling, its ceiling cannot be told from zero, or it measures "
    "again what another one does. It is shown, with the reason below the board.",
    "Why is my model not ranked?": "It lacks half of the benchmarks that count, or a whole group: means over different "
    "benchmarks are not compared. Score it on more of them.",
    "Can I trust a number of somebody else's?": "Verify it: brainrank verify scores it again from its receipt and says "
    "whether it is the same to the last bit.",
    "How do I score my own model, or on my own data?": "brainrank score MODEL on the command line, br.score in Python, "
    "or the page Submit. Your own data need no code: a package of files.",
}


@router.get(ADDRESS)
def show_glossary(request: Request) -> Response:
    """Show all words and questions."""
    terms = {anchor(each): (each, TERMS[each]) for each in sorted(TERMS, key=str.lower)}
    return page(request, "glossary.html", terms=terms, questions=QUESTIONS)
