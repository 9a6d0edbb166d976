from __future__ import annotations

from edge_agent.conversation.commits import Commits
from edge_agent.vocabulary import commands as c


def test_each_confirmation_is_of_the_oldest_of_ours() -> None:
    commits = Commits()
    sent: list[c.ServiceCommand] = [c.AppendAudio(b""), c.CommitInput(), c.CommitInput()]
    assert list(commits.count(sent)) == sent
    assert commits.pending
    assert [commits.settled() for _ in range(4)] == [True, True, False, False]
    assert not commits.pending
    list(commits.count([c.CommitInput()]))
    commits.reset()
    assert not commits.settled()
