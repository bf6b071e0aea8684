/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Physical memory: RAM as the core maps it, and as the host reaches it through
 * its view.
 *
 * The host's accesses and changes of the view exclude each other, so that a
 * page that has left the view is out of reach of every CPU at once, as it is
 * after an EPT invalidation on all of them.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "internal.h"

bool machine_memory_create(struct machine *m)
{
	const uint64_t pages = m->ram_size >> MACHINE_PAGE_SHIFT;
	void *ram = mmap(NULL, m->ram_size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ram == MAP_FAILED)
		return false;
	m->ram = ram;
	m->view = calloc(1, pages);
	m->allocated = calloc(1, pages);
	if (!m->view || !m->allocated)
		return false;
	for (uint64_t i = 0; i < m->hyp_base >> MACHINE_PAGE_SHIFT; i++)
		m->view[i] = 1;
	return true;
}

void machine_memory_destroy(struct machine *m)
{
	if (m->ram)
		munmap(m->ram, m->ram_size);
	free(m->view);
	free(m->allocated);
}

bool pkvm_plat_is_ram(uint64_t pa, uint64_t size)
{
	const uint64_t ram_size = machine_current->ram_size;

	return pa <= ram_size && size <= ram_size - pa;
}

static uint8_t *page(uint64_t pa)
{
	const struct machine *m = machine_current;

	if (pa % MACHINE_PAGE_SIZE || pa >= m->ram_size)
		machine_stop("the core maps 0x%llx, which is no page of RAM",
			     (unsigned long long)pa);
	return m->ram + pa;
}

void *pkvm_plat_private(uint64_t pa)
{
	return page(pa);
}

struct pkvm_shared *pkvm_plat_shared(uint64_t pa)
{
	return (struct pkvm_shared *)(void *)page(pa);
}

void pkvm_plat_host_view(uint64_t pa, uint64_t pages, bool reachable)
{
	struct machine *m = machine_current;
	const uint64_t first = pa >> MACHINE_PAGE_SHIFT;
	const uint64_t all = m->ram_size >> MACHINE_PAGE_SHIFT;

	if (pa % MACHINE_PAGE_SIZE || first > all || pages > all - first)
		machine_stop("the core changes the host's view of what is not RAM: 0x%llx",
			     (unsigned long long)pa);
	pthread_rwlock_wrlock(&m->view_lock);
	for (uint64_t i = 0; i < pages; i++)
		m->view[first + i] = reachable;
	pthread_rwlock_unlock(&m->view_lock);
}

/* Both under the view's lock. */
static bool all_seen(const struct machine *m, uint64_t pa, size_t length)
{
	if (pa > m->ram_size || length > m->ram_size - pa)
		return false;
	for (uint64_t at = pa & ~(uint64_t)(MACHINE_PAGE_SIZE - 1); at < pa + length;
	     at += MACHINE_PAGE_SIZE) {
		if (!m->view[at >> MACHINE_PAGE_SHIFT])
			return false;
	}
	return true;
}

/*
 * The host may access shared memory while the core does: words are moved in one
 * piece where both ends allow it, single bytes elsewhere.
 */
static void move(uint8_t *to, const uint8_t *from, size_t length)
{
	size_t i = 0;

	while (i < length) {
		if (((uintptr_t)(to + i) | (uintptr_t)(from + i)) % 8 == 0 && length - i >= 8) {
			const uint64_t *word = (const void *)(from + i);

			__atomic_store_n((uint64_t *)(void *)(to + i),
					 __atomic_load_n(word, __ATOMIC_RELAXED),
					 __ATOMIC_RELAXED);
			i += 8;
		} else {
			__atomic_store_n(to + i, __atomic_load_n(from + i, __ATOMIC_RELAXED),
					 __ATOMIC_RELAXED);
			i++;
		}
	}
}

bool machine_host_read(uint64_t pa, void *to, size_t length)
{
	struct machine *m = machine_current;
	bool seen;

	pthread_rwlock_rdlock(&m->view_lock);
	seen = all_seen(m, pa, length);
	if (seen)
		move(to, m->ram + pa, length);
	pthread_rwlock_unlock(&m->view_lock);
	return seen;
}

bool machine_host_write(uint64_t pa, const void *from, size_t length)
{
	struct machine *m = machine_current;
	bool seen;

	pthread_rwlock_rdlock(&m->view_lock);
	seen = all_seen(m, pa, length);
	if (seen)
		move(m->ram + pa, from, length);
	pthread_rwlock_unlock(&m->view_lock);
	return seen;
}

bool machine_host_sees(uint64_t pa)
{
	struct machine *m = machine_current;
	bool seen;

	pthread_rwlock_rdlock(&m->view_lock);
	seen = all_seen(m, pa, 1);
	pthread_rwlock_unlock(&m->view_lock);
	return seen;
}

void *machine_host_ptr(uint64_t pa)
{
	return machine_host_sees(pa) ? machine_current->ram + pa : NULL;
}
