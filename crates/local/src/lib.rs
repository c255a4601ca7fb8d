//! Local targets: image layouts, archives, directories, and the cache beside them.
