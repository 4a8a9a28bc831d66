"""Every network that was trained, which one is the champion, and the books that were kept of it."""
