/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A host's program that plays random sequences and tells what they came to. Its
 * commands: FEATURES SEED SEEDS SEQUENCES SLOT, the features that it does not ask
 * for, the first seed, how many there are, sequences for each, and the slot whose
 * items the hypervisor loses.
 */
#include "../../../baremetal/common/console.h"
#include "../../../baremetal/host/host.h"
#include "../../../host/transport.h"
#include "../../equivalence/equivalence.h"
#include "../expect.h"
#include "state.h"

#define MOST_SEQUENCES 4096u

void equivalence_must(bool holds, const char *what)
{
	if (!holds)
		expect_failed("equivalence", 0, what);
}

static uint64_t state(uint64_t call, uint64_t word)
{
	struct pkvm_regs regs = {.rax = call, .word = {word}};

	pkvm_host_transport(&regs);
	EXPECT_EQUAL(regs.rax, 0);
	return regs.word[0];
}

uint64_t equivalence_private(const struct driver *d)
{
	(void)d;
	return state(STATE_CALL, 0);
}

/* The next decimal number of the commands. */
static uint64_t number(const char **text)
{
	uint64_t value = 0;

	while (**text == ' ')
		(*text)++;
	EXPECT(**text >= '0' && **text <= '9');
	for (; **text >= '0' && **text <= '9'; (*text)++)
		value = value * 10 + (uint64_t)(**text - '0');
	return value;
}

static void tell(uint64_t seed, uint64_t sequence, uint64_t digest)
{
	console_text("seed ");
	console_decimal(seed);
	console_text(", after ");
	console_decimal(sequence);
	console_text(": ");
	console_hex(digest);
	console_text("\n");
}

/* Both hosts' guests live at other times, so that neither may look at the clock. */
static uint64_t drive(const struct pkvm_host *host, uint64_t seed, unsigned int sequences)
{
	static uint64_t digest[MOST_SEQUENCES];
	static struct driver d;
	uint64_t calls;

	equivalence_begin(&d, host, seed, false);
	equivalence_drive(&d, digest, sequences);
	for (unsigned int i = EQUIVALENCE_PERIOD; i <= sequences; i += EQUIVALENCE_PERIOD)
		tell(seed, i, digest[i - 1]);
	calls = d.vcpu.stats.calls;
	equivalence_end(&d);
	return calls;
}

bool host_main(unsigned int cpu)
{
	static struct pkvm_host host;
	const char *commands = (const char *)(uintptr_t)host_boot_info->commands;
	uint64_t seed, end, sequences, calls = 0;

	if (cpu)
		return true;
	EXPECT(host_boot_info->commands_size);
	EXPECT_EQUAL(pkvm_host_negotiate_without(&host, number(&commands)), 0);
	EXPECT_EQUAL(pkvm_host_boot(host_boot_info->region, host_boot_info->nr_regions), 0);
	EXPECT_EQUAL(pkvm_host_enable_virtualization_cpu(), 0);
	seed = number(&commands);
	end = seed + number(&commands);
	sequences = number(&commands);
	EXPECT(sequences <= MOST_SEQUENCES);
	(void)state(STATE_LOSE, number(&commands));
	for (; seed < end; seed++)
		calls += drive(&host, seed, (unsigned int)sequences);
	host_print_number("calls: ", calls);
	return true;
}
