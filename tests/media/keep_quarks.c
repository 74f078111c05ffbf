// keep_quarks.c - GLib gives up its first table of quarks without freeing it when GStreamer has made
// 2048 of them (other threads may still read it), which LeakSanitizer takes for a leak of ours. A
// copy of GLib's variables as they are before main() keeps the old table reachable.
// Owner: nobody.  Thread: the loader's.
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

static void *before_main[4096];

static int
copy_variables(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void) size;
    (void) arg;
    if (strstr(info->dlpi_name, "libglib-2.0") == NULL) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        size_t bytes =
                header->p_memsz < sizeof(before_main) ? header->p_memsz : sizeof(before_main);
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) != 0) {
            memcpy(before_main, (const void *) (info->dlpi_addr + header->p_vaddr), bytes);
        }
    }
    return 1;
}

__attribute__((constructor)) static void
keep_quarks(void)
{
    dl_iterate_phdr(copy_variables, NULL);
}
