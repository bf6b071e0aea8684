/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls that answer with something of the loaded vCPU's; a pVM's is refused, or little. */
#include "look.h"

#define OUTPUTS_OF_ANY PKVM_MAX_WORDS

static const struct {
	uint64_t number;
	uint64_t first, last;           /* word 1                                */
} asked[] = {
	{PKVM_HC_get_segment, 0, 7},
	{PKVM_HC_get_segment_base, 0, 7},
	{PKVM_HC_get_gdt, 0, 0},
	{PKVM_HC_get_idt, 0, 0},
	{PKVM_HC_get_rflags, 0, 0},
	{PKVM_HC_cache_reg, 0, 31},
	{PKVM_HC_get_msr, 0x174, 0x176},
	{PKVM_HC_get_msr, 0xc0000080, 0xc0000084},
	{PKVM_HC_get_msr, 0xc0000100, 0xc0000103},
	{PKVM_HC_get_interrupt_shadow, 0, 0},
	{PKVM_HC_interrupt_allowed, 0, 1},
	{PKVM_HC_nmi_allowed, 0, 1},
	{PKVM_HC_get_nmi_mask, 0, 0},
	{PKVM_HC_cancel_injection, 0, 0},
	{PKVM_HC_sync_pir_to_irr, 0, 0},
	{PKVM_HC_protected_apic_has_interrupt, 0, 0},
};

#define ASKED (sizeof(asked) / sizeof(asked[0]))

static void look_at_answer(uint64_t number, uint64_t word)
{
	const uint64_t *gpr = call(number, word, 0, OUTPUTS_OF_ANY);

	for (unsigned int i = 0; i < 16; i++)
		expect_no_marker(CALL_ANSWERS, "call", number, gpr[i]);
}

void look_at_answers(void)
{
	for (unsigned int i = 0; i < ASKED; i++) {
		for (uint64_t word = asked[i].first; word <= asked[i].last; word++)
			look_at_answer(asked[i].number, word);
	}
}

void look_at_next_answer(void)
{
	static unsigned int next;

	look_at_answer(asked[next].number, asked[next].first);
	next = (next + 1) % ASKED;
}
