"""Loops: questions about many changes: who took part, how far teams drifted, who could review, what earned its wait."""
