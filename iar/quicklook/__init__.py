"""Pages for a browser: the archive's nights, its calendar, its climatology, and the networks of a registry.

They only read, all but the one on which a person judges nights. Everything is drawn when it is asked for and kept while
the archive stays as it is, so a night that was processed anew is seen at the next look.
"""
