// sanitizer.c - options for a test that loads GStreamer: whole stacks, so that tests/lsan.supp can
// tell what GLib does while it is loaded from what we do.

const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}
