/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random sequences of the host's calls on the model machine, made from the bytes of
 * one input, with what must hold after each of them. libFuzzer's entry point; what
 * driver.c feeds from fixed seeds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/transport.h"
#include "lib/hyp.h"
#include "machine/machine.h"
#include "../unit/rows.h"
#include "calls.h"

#define CPUS        2
#define RAM_SIZE    (8ull << 20)
#define HYP_SIZE    (1ull << 20)
#define MAX_HANDLES 32
#define FILLER      0x5c5c5c5c5c5c5c5cull

struct input {
	const uint8_t *at;
	size_t left;
};

struct world {
	struct machine *m;
	FILE *report;
	uint64_t handle[MAX_HANDLES];
	unsigned int handles;
	struct fuzz_count *count;
};

static void demand(bool good, const char *what, const struct row *row)
{
	if (good)
		return;
	fprintf(stderr, "fuzz: %s: %s\n", row ? row->name : "at the end", what);
	abort();
}

static uint8_t next_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t next_word(struct input *in)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | next_byte(in);
	return word;
}

/* A word that no field asks for in particular. */
static uint64_t odd_word(struct input *in)
{
	static const uint64_t odd[] = {0, 1, 0xfff, 0x1000, 0x1001, RAM_SIZE - 0x1000, RAM_SIZE,
				       RAM_SIZE - HYP_SIZE, 1ull << 48, 1ull << 63,
				       0xfffffffffffff000, 0xfffffffffffff001, ~0ull};
	const uint8_t choice = next_byte(in) % 16;

	return choice < sizeof(odd) / sizeof(odd[0]) ? odd[choice] : next_word(in);
}

static bool ends_with(const char *name, const char *end)
{
	const size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static bool is_address(const char *name)
{
	static const char *const end[] = {".area", ".page", ".hpa", ".fpstate", ".address"};

	for (size_t i = 0; i < sizeof(end) / sizeof(end[0]); i++) {
		if (ends_with(name, end[i]))
			return true;
	}
	return false;
}

/* A word that a field of this name may well hold, or now and then an odd one. */
static uint64_t make_word(const struct world *w, const struct word *word, struct input *in)
{
	const uint8_t mood = next_byte(in);

	if (mood >= 0xf0)
		return odd_word(in);
	if (ends_with(word->name, ".vm") || ends_with(word->name, ".vcpu"))
		return w->handles ? w->handle[mood % w->handles] : 0;
	if (is_address(word->name))
		return (mood % 64 + next_byte(in) * 4ull) * 4096;
	if (ends_with(word->name, "size"))
		return mood % 20 * 4096ull;
	if (ends_with(word->name, ".gpa"))
		return (uint64_t)next_byte(in) << (12 + mood % 4 * 9);
	if (word->rule == MAX && word->limit < 1024)
		return mood % (word->limit + 2);
	if (word->rule == BITS && word->limit != PKVM_ANY)
		return next_word(in) & (mood % 8 ? word->limit : ~0ull);
	return mood % 4 ? mood % 8 : next_word(in);
}

static bool is_known_error(int64_t error)
{
	static const int64_t known[] = {-1, -2, -11, -12, -14, -16, -17, -22, -38, -71, -95};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (error == known[i])
			return true;
	}
	return false;
}

static void judge(struct world *w, const struct row *row, const struct pkvm_regs *before,
		  const struct pkvm_regs *after, uint64_t hash)
{
	const int64_t error = (int64_t)after->rax;
	const unsigned int outputs = row->n_out ? row->n_out : 1;

	for (unsigned int i = outputs; i < PKVM_MAX_WORDS; i++)
		demand(after->word[i] == before->word[i], "a word beyond the outputs changed",
		       row);
	if (!error) {
		demand(row->n_out || !after->word[0], "RBX is not 0", row);
		return;
	}
	demand(is_known_error(error), "a status that the ABI has not", row);
	demand(after->word[0] <= row->n_in, "the refused word is no input", row);
	for (unsigned int i = 1; i < row->n_out; i++)
		demand(!after->word[i], "an output of a refused call", row);
	demand(machine_hash_private(w->m) == hash, "a refused call changed private memory",
	       row);
}

static void keep_handle(struct world *w, uint64_t handle)
{
	w->handle[w->handles % MAX_HANDLES] = handle;
	if (w->handles < MAX_HANDLES)
		w->handles++;
}

static void call(struct world *w, const struct row *row, const uint64_t *words)
{
	const uint64_t hash = machine_hash_private(w->m);
	struct pkvm_regs before = {.rax = row->number}, after;

	for (unsigned int i = 0; i < PKVM_MAX_WORDS; i++)
		before.word[i] = i < row->n_in ? words[i] : FILLER;
	after = before;
	pkvm_host_transport(&after);
	judge(w, row, &before, &after, hash);
	if (!after.rax && (row->number == 0x0200 || row->number == 0x0300))
		keep_handle(w, after.word[0]);
	w->count->calls++;
	w->count->accepted += !after.rax;
}

static void random_call(struct world *w, struct input *in)
{
	const struct row *row = &rows[next_byte(in) % NR_ROWS];
	uint64_t words[PKVM_MAX_WORDS] = {0};

	for (unsigned int i = 0; i < row->n_in; i++)
		words[i] = make_word(w, &row->word[i], in);
	call(w, row, words);
}

/* The host writes to a page that it sees, a shared page as likely as any. */
static void random_write(struct input *in)
{
	const uint64_t page = next_byte(in) * 4096ull;
	const uint64_t word = next_word(in);

	(void)machine_host_write(page + next_byte(in) * 8u, &word, sizeof(word));
}

/* Each page in one state, the counts right, and the host's view what they say. */
static void judge_pages(struct world *w)
{
	static const bool seen[PKVM_NR_PAGE_STATES] = {false, true, true, false, false,
						       false, true, false};
	struct pkvm_hyp *hyp = machine_hyp(w->m);
	uint64_t count[PKVM_NR_PAGE_STATES] = {0};

	for (uint64_t pa = 0; pa < RAM_SIZE; pa += 4096) {
		const enum pkvm_page_state state = pkvm_page_state(hyp, pa);

		count[state]++;
		demand(machine_host_sees(pa) == seen[state], "the host's view is wrong", NULL);
	}
	for (int state = 0; state < PKVM_NR_PAGE_STATES; state++)
		demand(count[state] == hyp->pages.count[state], "a count is wrong", NULL);
	demand(!count[PKVM_PAGE_NOT_RAM] && !count[PKVM_PAGE_TRANSIT], "a page is lost", NULL);
}

static const struct row *row_of(uint64_t number)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (rows[i].number == number)
			return &rows[i];
	}
	abort();
}

/* Up to the first calls about VMs; two VMs with a vCPU each, one of them loaded. */
static void begin(struct world *w)
{
	const struct machine_config config = {.ram_size = RAM_SIZE, .hyp_size = HYP_SIZE,
					      .cpus = CPUS, .deterministic_tsc = true,
					      .report = w->report};
	const struct pkvm_memory_region regions[2] = {
		{0, RAM_SIZE - HYP_SIZE, PKVM_REGION_RAM},
		{RAM_SIZE - HYP_SIZE, HYP_SIZE, PKVM_REGION_HYPERVISOR}};

	w->m = machine_create(&config, NULL);
	demand(w->m && machine_host_write(0x1000, regions, sizeof(regions)), "no machine",
	       NULL);
	call(w, row_of(0x0000), (const uint64_t[]){1, 0, ~0ull});
	call(w, row_of(0x0001), (const uint64_t[]){0x1000, 2});
	call(w, row_of(0x0002), NULL);
	for (unsigned int cpu = CPUS; cpu-- > 0;) {
		demand(machine_enter_cpu(w->m, cpu), "no CPU", NULL);
		call(w, row_of(0x0004), NULL);
	}
	for (uint64_t type = 0; type < 2; type++) {
		const uint64_t at = 0x400000 + type * 0x100000;

		call(w, row_of(0x0200), (const uint64_t[]){at, 0x10000, type, 4});
		call(w, row_of(0x0300),
		     (const uint64_t[]){w->handle[w->handles - 1], at + 0x10000, at + 0x20000,
					0x5000, type * (at + 0x30000), type * 0x1000, 0});
		call(w, row_of(0x0302), (const uint64_t[]){w->handle[w->handles - 1]});
	}
	demand(w->handles == 4, "the first VMs were refused", NULL);
}

void fuzz_calls(const uint8_t *data, size_t size, struct fuzz_count *count)
{
	struct world w = {.report = fopen("/dev/null", "w"), .count = count};
	struct input in = {data, size};

	demand(w.report, "no /dev/null", NULL);
	begin(&w);
	while (in.left) {
		const uint8_t choice = next_byte(&in);

		if (choice < 0x10)
			(void)machine_enter_cpu(w.m, choice % CPUS);
		else if (choice < 0x30)
			random_write(&in);
		else
			random_call(&w, &in);
	}
	judge_pages(&w);
	machine_destroy(w.m);
	fclose(w.report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_count count = {0, 0};

	fuzz_calls(data, size, &count);
	return 0;
}
