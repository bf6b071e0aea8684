/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's transport, counting: what each call costs, median and worst. */
#include "../../baremetal/common/console.h"
#include "bench.h"

#include <pkvm/regs.h>

#define MAX_ROWS    128u
#define MAX_SAMPLES 64u
#define WIDTH       44u

/* No call's number: the floor's row. */
#define FLOOR ~UINT64_C(0)

struct row {
	uint64_t number, kind; /* of the call, and how a run ended */
	uint64_t count, worst;
	uint64_t sample[MAX_SAMPLES]; /* the first ones, sorted */
};

static struct row rows[MAX_ROWS];
static unsigned int nr_rows;
static uint64_t last;

static const char *call_name(uint64_t number)
{
	switch (number) {
	case FLOOR:
		return "floor (INVD)";
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return #NAME;
#include <pkvm/hypercalls.inc>
	default:
		return "?";
	}
}

static const char *kind_name(uint64_t kind)
{
	switch (kind) {
	case PKVM_EXIT_NONE:
		return "";
	case PKVM_EXIT_VMX:
		return ", npVM";
	case PKVM_EXIT_OUT:
		return ", OUT";
	case PKVM_EXIT_IN:
		return ", IN";
	case PKVM_EXIT_RDMSR:
		return ", RDMSR";
	case PKVM_EXIT_EPT_VIOLATION:
		return ", EPT violation";
	case PKVM_EXIT_HLT:
		return ", HLT";
	case PKVM_EXIT_GUEST_CALL:
		return ", guest call";
	default:
		return ", other";
	}
}

static struct row *row_of(uint64_t number, uint64_t kind)
{
	for (unsigned int i = 0; i < nr_rows; i++) {
		if (rows[i].number == number && rows[i].kind == kind)
			return &rows[i];
	}
	EXPECT(nr_rows < MAX_ROWS);
	rows[nr_rows] = (struct row){.number = number, .kind = kind};
	return &rows[nr_rows++];
}

static void count(uint64_t number, uint64_t kind, uint64_t cost)
{
	struct row *row = row_of(number, kind);
	uint64_t at = row->count++;

	if (cost > row->worst)
		row->worst = cost;
	if (at >= MAX_SAMPLES)
		return;
	for (; at && row->sample[at - 1] > cost; at--)
		row->sample[at] = row->sample[at - 1];
	row->sample[at] = cost;
}

/* Measuring costs the same whatever it measures. */
static uint64_t price(void)
{
	struct pkvm_regs regs = {0};

	return bench_nothing(&regs);
}

void count_floor(void)
{
	struct pkvm_regs regs = {0};

	for (unsigned int i = 0; i < MAX_SAMPLES; i++)
		count(FLOOR, 0, bench_floor(&regs) - price());
}

/* A run is told by how it ended, a refused call is not counted. */
void __wrap_pkvm_host_transport(struct pkvm_regs *regs);
void __wrap_pkvm_host_transport(struct pkvm_regs *regs)
{
	const uint64_t number = regs->rax;

	last = bench_vmcall(regs) - price();
	if (!regs->rax)
		count(number, number == PKVM_HC_vcpu_run ? regs->word[0] : 0, last);
}

void count_forget(void)
{
	nr_rows = 0;
}

uint64_t count_last(void)
{
	return last;
}

uint64_t count_worst(uint64_t number)
{
	return row_of(number, 0)->worst;
}

static unsigned int print_text(const char *text)
{
	unsigned int length = 0;

	console_text(text);
	while (text[length])
		length++;
	return length;
}

static void print_number(uint64_t number)
{
	unsigned int digits = 1;

	for (uint64_t rest = number; rest >= 10; rest /= 10)
		digits++;
	for (; digits < 10; digits++)
		console_text(" ");
	console_decimal(number);
}

void print_head(const char *first, const char *columns)
{
	for (unsigned int at = print_text(first); at < WIDTH; at++)
		console_text(" ");
	host_line(columns, "", "");
}

void print_row(const char *first, const char *second, const uint64_t *numbers, unsigned int n)
{
	unsigned int at = print_text(first) + print_text(second);

	for (; at < WIDTH; at++)
		console_text(" ");
	for (unsigned int i = 0; i < n; i++)
		print_number(numbers[i]);
	console_text("\n");
}

void count_print(void)
{
	host_line("instructions in VMX root operation, of a run with the guest's:", "", "");
	print_head("call", "     count    median     worst");
	for (unsigned int i = 0; i < nr_rows; i++) {
		const struct row *row = &rows[i];
		const uint64_t n = row->count < MAX_SAMPLES ? row->count : MAX_SAMPLES;

		print_row(call_name(row->number), kind_name(row->kind),
			  (const uint64_t[]){row->count, row->sample[n / 2], row->worst}, 3);
	}
}
