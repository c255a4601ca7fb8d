//! Files that outlive a run: the advisory database, reports, caches; written atomically.
