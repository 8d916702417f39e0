"""Loops: questions about many changes: who took part, how far teams drifted, what waits, what will meet."""
