/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Physical memory: all that the host reaches, word by word; what it must not
 * reach, page by page; what comes back.
 */
#include "../../../host/platform.h"
#include "look.h"

#define PAGES (MAP_END / PKVM_PAGE_SIZE)
#define WORDS (PKVM_PAGE_SIZE / sizeof(uint64_t))

static bool donated[PAGES];
static uint64_t moving;

static void set(uint64_t address, uint64_t pages, bool value)
{
	for (uint64_t i = 0; i < pages; i++)
		donated[address / PKVM_PAGE_SIZE + i] = value;
}

void pages_donated(uint64_t address, uint64_t pages)
{
	set(address, pages, true);
}

void pages_came_back(uint64_t address, uint64_t pages)
{
	set(address, pages, false);
}

void page_moves(uint64_t address)
{
	moving = address;
}

uint64_t nr_donated(void)
{
	uint64_t pages = 0;

	for (uint64_t i = 0; i < PAGES; i++)
		pages += donated[i];
	return pages;
}

/* EPT has no page that can be written and not read. */
static void look_at_unreadable(enum channel channel, uint64_t page)
{
	uint64_t value = 0;

	looked_at(channel, 1);
	if (host_read64(page, &value))
		found(channel, "can be read", page, value);
}

/* First word, last word, a write: three attempts, all of which must fault. */
static void look_at_donated(uint64_t page)
{
	look_at_unreadable(DONATED_PAGES, page);
	look_at_unreadable(DONATED_PAGES, page + PKVM_PAGE_SIZE - 8);
	looked_at(DONATED_PAGES, 1);
	if (host_write64(page + 8, 0))
		found(DONATED_PAGES, "can be written", page, 0);
}

/* Most memory is zero, and the emulator is no processor: 64 words by 32 PORs. */
static bool is_zero(const uint64_t *words)
{
	uint64_t low, high;

	__asm__ volatile("pxor	%%xmm0, %%xmm0\n"
			 ".set	offset, 0\n"
			 ".rept	32\n"
			 "por	offset(%2), %%xmm0\n"
			 ".set	offset, offset + 16\n"
			 ".endr\n"
			 "movq	%%xmm0, %0\n"
			 "psrldq $8, %%xmm0\n"
			 "movq	%%xmm0, %1\n"
			 "pxor	%%xmm0, %%xmm0\n"
			 : "=&r"(low), "=&r"(high)
			 : "r"(words)
			 : "memory");
	return !(low | high);
}

/* The same of a page by 64 VPORQs, which takes a third of the run's time away. */
static bool is_zero_page(const uint64_t *words)
{
	uint32_t mask;

	__asm__ volatile("vpxorq	%%zmm0, %%zmm0, %%zmm0\n"
			 ".set	offset, 0\n"
			 ".rept	64\n"
			 "vporq	offset(%1), %%zmm0, %%zmm0\n"
			 ".set	offset, offset + 64\n"
			 ".endr\n"
			 "vptestmq %%zmm0, %%zmm0, %%k1\n"
			 "kmovw	%%k1, %0\n"
			 "kxorw	%%k1, %%k1, %%k1\n"
			 "vpxorq	%%zmm0, %%zmm0, %%zmm0\n"
			 : "=r"(mask)
			 : "r"(words)
			 : "memory");
	return !mask;
}

static void look_at_words(uint64_t page)
{
	const uint64_t *w = (const uint64_t *)(uintptr_t)page;
	uint64_t value;

	if (!host_read64(page, &value))
		return;
	looked_at(HOST_MEMORY, WORDS);
	if ((guest_has_of_registers() & HAS_AVX512) && is_zero_page(w))
		return;
	for (const uint64_t *end = w + WORDS; w < end; w += 64) {
		if (is_zero(w))
			continue;
		for (unsigned int i = 0; i < 64; i++) {
			if (is_marker(w[i]))
				found(HOST_MEMORY, "word at", (uintptr_t)&w[i], w[i]);
		}
	}
}

/* Address 0 is RAM, but no C compiler's: memory begins with the second page. */
static void look_at_page(uint64_t page)
{
	if (!page || (page >= MAP_LOW_END && page < MAP_HIGH))
		return;
	if (page >= MAP_CARVE_OUT && page < MAP_HOST)
		look_at_unreadable(HYPERVISOR_PAGES, page);
	else if (donated[page / PKVM_PAGE_SIZE])
		look_at_donated(page);
	else
		look_at_words(page);
}

void look_at_pages(void)
{
	for (uint64_t page = 0; page < MAP_END; page += PKVM_PAGE_SIZE)
		look_at_page(page);
}

void look_at_fourth_pages(void)
{
	static uint64_t turn;

	for (uint64_t i = 0; i < PAGES; i++) {
		if (donated[i] || i % 4 == turn % 4)
			look_at_page(i * PKVM_PAGE_SIZE);
	}
	turn++;
}

static uint64_t after(uint64_t page)
{
	return (page + PKVM_PAGE_SIZE) % MAP_END;
}

void look_at_next_pages(uint64_t pages)
{
	static uint64_t page;

	for (; pages--; page = after(page)) {
		if (page != moving)
			look_at_page(page);
	}
}

void look_at_next_donated(uint64_t pages)
{
	static uint64_t page;

	for (uint64_t i = 0; i < PAGES && pages; i++, page = after(page)) {
		if (!donated[page / PKVM_PAGE_SIZE] || page == moving)
			continue;
		look_at_donated(page);
		pages--;
	}
}

/* Zero, but for the two links of each range. */
void look_at_reclaimed(uint64_t address, uint64_t pages, uint64_t ranges)
{
	while (ranges--) {
		uint64_t *words = pkvm_host_plat_ptr(address);
		const uint64_t range = address, nr = pages;

		EXPECT(words && nr);
		address = words[0];
		pages = words[1];
		words[0] = words[1] = 0;
		for (uint64_t i = 2; i < nr * WORDS; i++)
			expect_same(RECLAIMED_PAGES, "word at", range + 8 * i, words[i], 0);
		pages_came_back(range, nr);
		EXPECT(pkvm_host_plat_free(range, nr));
	}
	EXPECT_EQUAL(address, 0);
}
