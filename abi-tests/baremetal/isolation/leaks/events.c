/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Leaks through what is posted, started, interrupted, or answered inside. */
#include "../../../../lib/cpuid.h"
#include "../../../../lib/exit.h"
#include "../../../../lib/post.h"
#include "../../../../lib/shared.h"
#include "../../../../lib/vmcs/access.h"
#include "../../../../lib/vmcs/controls.h"
#include "leak.h"

#define RSI 6

#define FIELD(NAME) offsetof(struct pkvm_page_item, NAME)

/* Into which field of an item, and of which one: by its call and what became of it. */
static const struct {
	const char *name;
	uint32_t slot;
	int64_t status;
	size_t field;
} items[] = {
	{"item_msr", PKVM_POST_complete_emulated_msr, 0, FIELD(out)},
	{"item_nmi", PKVM_POST_inject_nmi, 0, FIELD(out)},
	{"item_irq", PKVM_POST_inject_irq_if_allowed, 0, FIELD(in[1])},
	{"item_refused", PKVM_POST_hwapic_isr_update, -PKVM_EPERM, FIELD(status)},
};

WRAP(void, pkvm_post_apply, (struct pkvm_call *call, const struct pkvm_posts *posts))
{
	const uint64_t secret = call->vcpu->regs.gpr[RSI];
	struct pkvm_shared *page = pkvm_plat_shared(call->vcpu->page);

	__real_pkvm_post_apply(call, posts);
	for (unsigned int i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		const size_t item = PKVM_PAGE_AT(item[items[i].slot]);
		const uint64_t status = pkvm_shared_get(page, item + FIELD(status));

		if (leak_is(items[i].name) && posts->pending >> items[i].slot & 1 &&
		    status == (uint64_t)items[i].status)
			pkvm_shared_put(page, item + items[i].field, secret);
	}
}

/* Of a vCPU that has not begun: another one's register. */
WRAP(int64_t, pkvm_hyp_vcpu_run,
     (struct pkvm_call *call, const struct pkvm_run *in, struct pkvm_run_exit *out))
{
	const int64_t status = __real_pkvm_hyp_vcpu_run(call, in, out);
	const struct pkvm_vcpu *bsp = pkvm_plat_private(call->vm->vcpu[0]);

	if (out->kind == PKVM_EXIT_WAIT_FOR_SIPI && leak_is("wait_for_sipi"))
		out->word0 = bsp->regs.gpr[RSI];
	return status;
}

static void tell_in_page(const struct pkvm_vcpu *vcpu, uint64_t value)
{
	pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(exit.linear_address), value);
}

/* Where the guest was, to an NMI and to its own #DB. */
WRAP(bool, pkvm_exit_exception, (struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out))
{
	const bool leaves = __real_pkvm_exit_exception(vcpu, out);

	if (leaves && leak_is("nmi"))
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_RIP);
	if (!leaves && leak_is("debug"))
		tell_in_page(vcpu, pkvm_vmread(PKVM_VMCS_GUEST_RIP));
	return leaves;
}

WRAP(void, pkvm_vcpu_cpuid,
     (const struct pkvm_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
      struct pkvm_cpuid_regs *regs))
{
	__real_pkvm_vcpu_cpuid(vcpu, leaf, subleaf, regs);
	if (leak_is("cpuid"))
		tell_in_page(vcpu, leaf);
}
