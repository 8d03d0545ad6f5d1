"""CMS families, one file each: how a family links, pages and marks up its articles."""
