// sanitizer.c - options for a test that loads GStreamer.

const char *__asan_default_options(void);
const char *__tsan_default_options(void);

// Whole stacks, so that tests/lsan.supp can tell what GLib does while it is loaded from what we do.
const char *
__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

// Only our own code: the locks of libraries that were not built with TSan cannot be seen.
const char *
__tsan_default_options(void)
{
    return "ignore_noninstrumented_modules=1";
}
