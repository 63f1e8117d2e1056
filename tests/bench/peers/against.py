# SPDX-License-Identifier: Apache-2.0
"""Two builds of Pintle beside each other, with the same server: has this one become slower?"""

import dataclasses

#: What a ratio may fall by, in the median of the rounds, before it counts.
TENTH = 0.1

#: Of these more is better; of all others less.
RATES = {"rate"}


def cases_of(subject):
    """The cases of a subject, each with the two builds as its peers."""
    return [dataclasses.replace(case, peers=("pintle", "before"), wanted={}) for case in subject.cases
            if "pintle" in case.peers]


def is_slower(metric, ratio):
    """Whether `ratio`, this build's figure to the other's, is worse by more than a tenth."""
    return ratio < 1 - TENTH if metric in RATES else ratio > 1 / (1 - TENTH)


def classify(rows):
    """Marks the rows of the other build: ok, or not. Returns those that are not."""
    worse = []
    for row in rows:
        if row["peer"] == "before" and "ratio" in row:
            row["wanted"] = ">= 0.9" if row["metric"] in RATES else "<= 1.11"
            row["ok"] = not is_slower(row["metric"], row["ratio"])
            if not row["ok"]:
                worse.append(row)
    return worse
