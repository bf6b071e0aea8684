/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads what the host posted, and makes the calls of which it consists. */
#include "post.h"
#include "row.h"
#include "shared.h"

#define ITEM_AT(SLOT)  (PKVM_PAGE_AT(item) + (SLOT) * sizeof(struct pkvm_page_item))
#define FIELD_AT(SLOT, FIELD) (ITEM_AT(SLOT) + offsetof(struct pkvm_page_item, FIELD))
#define ITEM_WORDS 4u

/* The words that a slot's call has; a slot without a call takes any. */
static unsigned int words_of(uint32_t slot)
{
	switch (slot) {
#define PKVM_POSTED(SLOT, NAME) \
	case SLOT:              \
		return PKVM_ROW_WORDS_##NAME;
#include <pkvm/posted.inc>
	default:
		return ITEM_WORDS;
	}
}

void pkvm_post_collect(const struct pkvm_vcpu *vcpu, struct pkvm_posts *posts)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);

	uint32_t pending = 0;

	for (uint32_t slot = 0; slot < PKVM_POST_SLOTS; slot++) {
		const uint64_t valid = pkvm_shared_get(page, ITEM_AT(slot));
		struct pkvm_page_item *item = &posts->item[slot];

		if (__builtin_expect(!valid, 1))
			continue;
		item->valid = valid;
		pending |= 1u << slot;
		pkvm_shared_read(page, FIELD_AT(slot, in), item->in, sizeof(item->in));
		item->reserved = pkvm_shared_get(page, FIELD_AT(slot, reserved));
	}
	posts->pending = pending;
}

static void to_regs(const struct pkvm_page_item *item, struct pkvm_regs *regs)
{
	for (unsigned int i = 0; i < ITEM_WORDS; i++)
		regs->word[i] = item->in[i];
}

/* The form of an item: nothing where there is no meaning. */
static bool is_well_formed(uint32_t slot, const struct pkvm_page_item *item,
			   struct pkvm_regs *regs)
{
	regs->word[0] = 0;
	if (item->valid != 1 || item->reserved)
		return false;
	for (unsigned int i = words_of(slot); i < ITEM_WORDS; i++) {
		if (item->in[i]) {
			regs->word[0] = i + 1;
			return false;
		}
	}
	return true;
}

bool pkvm_post_answers_msr(const struct pkvm_posts *posts)
{
	const uint32_t slot = PKVM_POST_complete_emulated_msr;
	struct pkvm_regs regs;

	if (!(posts->pending & 1u << slot) ||
	    !is_well_formed(slot, &posts->item[slot], &regs))
		return false;
	to_regs(&posts->item[slot], &regs);
	return !pkvm_bad_word_msr_answer(&regs);
}

/* The status and the first output, or the refused word, as of the call itself. */
static void make(struct pkvm_cpu *cpu, uint32_t slot, const struct pkvm_page_item *item,
		 struct pkvm_regs *regs)
{
	if (is_well_formed(slot, item, regs)) {
		to_regs(item, regs);
		pkvm_hyp_posted_call(cpu, slot, regs);
	} else {
		regs->rax = (uint64_t)-(int64_t)PKVM_EINVAL;
	}
}

void pkvm_post_apply(struct pkvm_call *call, const struct pkvm_posts *posts)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);
	struct pkvm_regs regs;

	vcpu->summary_held = 1;
	for (uint32_t left = posts->pending; left; left &= left - 1) {
		const uint32_t slot = (uint32_t)__builtin_ctz(left);

		make(call->cpu, slot, &posts->item[slot], &regs);
		pkvm_shared_put(page, FIELD_AT(slot, status), regs.rax);
		pkvm_shared_put(page, FIELD_AT(slot, out), regs.word[0]);
		pkvm_shared_put(page, FIELD_AT(slot, valid), 0);
	}
	vcpu->summary_held = 0;
}
