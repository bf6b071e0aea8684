/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Weighs the broken and the undecidable rules of a dump against the error that
 * was reported, and says in a sentence what they amount to.
 */
#include <inttypes.h>
#include <string.h>

#include "vmcs_decode.h"
#include "vmcs_verdict.h"

static int reported_outcome(const struct vmcs_dump *dump)
{
	if (!dump->reported)
		return -1;
	switch (dump->error) {
	case PKVM_VMCS_VMFAIL_CONTROL:
	case PKVM_VMCS_VMFAIL_HOST:
		return (int)dump->error;
	case 0x80000021:
		return PKVM_VMCS_ENTRY_FAIL_GUEST;
	case 0x80000022:
		return PKVM_VMCS_ENTRY_FAIL_MSR;
	default:
		return -1;
	}
}

/*
 * How likely an undecidable rule is the broken one: most of all when the host may
 * be tracing by Intel PT, for a hypervisor that loads IA32_RTIT_CTL has asked for the
 * control and not for the state; then when a processor of the usual kind would find
 * it broken, then when the well-known culprit, the virtual TPR, is what is unknown;
 * least when only unprinted fields are, which hypervisors write once and never
 * wrongly.
 */
static int likelihood(const struct vmcs_case *c, unsigned int i)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);
	struct pkvm_vmx_caps usual = vmcs_skylake;

	usual.cr4_fixed1 |= c->least.cr4_fixed1;
	if (usual.linear_address_bits < c->least.linear_address_bits)
		usual.linear_address_bits = c->least.linear_address_bits;
	if (rule->needs & PKVM_VMCS_NEEDS_RTIT_CTL)
		return 5;
	if (!vmcs_misses(c, rule) &&
	    vmcs_judge_as(c, i, &usual) == PKVM_VMCS_BROKEN)
		return 4;
	if (rule->needs & PKVM_VMCS_NEEDS_VTPR)
		return 3;
	return vmcs_misses(c, rule) ? 1 : 2;
}

struct vmcs_verdict vmcs_verdict(const struct vmcs_dump *dump)
{
	struct vmcs_verdict v = {.reported = reported_outcome(dump), .broken = -1,
				 .likely = -1};
	int best = 0;

	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		const enum pkvm_vmcs_verdict verdict = vmcs_judge(&dump->vmcs, i);

		if (v.reported >= 0 && (int)pkvm_vmcs_rule(i)->outcome != v.reported)
			continue;
		if (verdict == PKVM_VMCS_BROKEN && v.broken < 0)
			v.broken = (int)i;
		if (verdict == PKVM_VMCS_UNDECIDABLE && v.reported >= 0) {
			const int likely = likelihood(&dump->vmcs, i);

			v.undecidable++;
			if (likely > best) {
				best = likely;
				v.likely = (int)i;
				v.printed = !vmcs_misses(&dump->vmcs, pkvm_vmcs_rule(i));
			}
		}
	}
	return v;
}

static void add(char *text, size_t size, const char *word)
{
	const size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s", used ? "; " : "", word);
}

void vmcs_to_be_sure(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, char *text,
		     size_t size)
{
	vmcs_how_to_know(rule->needs, text, size);
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (vmcs_missing(c, rule->reads[i]))
			add(text, size, pkvm_vmcs_name((enum pkvm_vmcs_index)rule->reads[i]));
	}
}

static void say_broken(const struct vmcs_dump *dump, const struct vmcs_verdict *v, char *text,
		       size_t size)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule((unsigned int)v->broken);
	char message[1024];

	vmcs_message(&dump->vmcs, rule, message, sizeof(message));
	snprintf(text, size, "VM entry %s: %s",
		 v->reported < 0 ? "would fail" : "fails", message);
}

/* No rule of the class that the error names is known to be broken. */
static void say_undecidable(const struct vmcs_dump *dump, const struct vmcs_verdict *v,
			    char *text, size_t size)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule((unsigned int)v->likely);
	char sure[512];
	size_t used;

	vmcs_to_be_sure(&dump->vmcs, rule, sure, sizeof(sure));
	used = (size_t)snprintf(text, size, "Nothing in this dump explains the error, but %u "
				"rules of its class cannot be decided; the likely one is %s: ",
				v->undecidable, rule->id);
	if (used < size) {
		vmcs_message(&dump->vmcs, rule, text + used, size - used);
		used = strlen(text);
		snprintf(text + used, size - used, " To be sure, look at: %s.", sure);
	}
}

/* The exit qualification counts the entries; a line beside the dump may name the MSR. */
static void say_refused_msr(const struct vmcs_dump *dump, char *text, size_t size)
{
	const struct vmcs_case *c = &dump->vmcs;
	const uint64_t number = c->given[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] ?
				c->value[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] : 0;
	const struct pkvm_vmcs_msr_entry *entry = dump->names_msr ? &dump->refused : NULL;
	size_t used = (size_t)snprintf(text, size, "VM entry fails: an entry of the VM-entry "
				       "MSR-load area is refused");

	if (number)
		used += (size_t)snprintf(text + used, size - used, ", number %" PRIu64, number);
	if (!entry && number && number <= c->nr_msrs)
		entry = &c->msr[number - 1];
	if (entry)
		snprintf(text + used, size - used, ", MSR %XH = 0x%" PRIx64 ": by no rule that "
			 "holds for every processor, so that this one has no such MSR, or WRMSR "
			 "refuses that value there.", entry->index, entry->value);
	else
		snprintf(text + used, size - used, ". The dump does not print the area: look at "
			 "the entries in memory at VM_ENTRY_MSR_LOAD_ADDR.");
}

/* Only fields that the dump does not print are left. */
static void say_unprinted(const struct vmcs_verdict *v, char *text, size_t size)
{
	snprintf(text, size, "Nothing in this dump explains the error: all that it prints is "
		 "in order by the SDM. The %u rules of the error's class that are left depend on "
		 "fields that it does not print, and that hypervisors write once and seldom "
		 "wrongly; as likely, the processor demands more than the SDM tells, or this "
		 "is not the state that VM entry refused.", v->undecidable);
}

static void say_passed(const struct vmcs_dump *dump, const struct vmcs_verdict *v, char *text,
		       size_t size)
{
	const uint64_t reason = dump->vmcs.value[PKVM_VMCS_INDEX_VM_EXIT_REASON];

	if (v->reported >= 0)
		snprintf(text, size, "No rule of the class that the error names is broken, and "
			 "all of them can be decided: this is not the state that VM entry "
			 "refused, or a hypervisor below this one refused it for reasons of "
			 "its own.");
	else if (dump->reported)
		snprintf(text, size, "No rule that can be decided is broken, and the reported "
			 "0x%" PRIx64 " is %s.", dump->error, vmcs_error_text(dump->error));
	else if (dump->vmcs.given[PKVM_VMCS_INDEX_VM_EXIT_REASON])
		snprintf(text, size, "No rule that can be decided is broken, and the last "
			 "exit, basic reason %u, was no failed VM entry: the dump was printed for "
			 "another reason.", (unsigned int)reason & 0xffff);
	else
		snprintf(text, size, "No rule that can be decided is broken, and nothing tells "
			 "whether VM entry failed.");
}

void vmcs_verdict_text(const struct vmcs_dump *dump, char *text, size_t size)
{
	const struct vmcs_verdict v = vmcs_verdict(dump);

	if (v.broken >= 0)
		say_broken(dump, &v, text, size);
	else if (v.reported == PKVM_VMCS_ENTRY_FAIL_MSR)
		say_refused_msr(dump, text, size);
	else if (v.reported >= 0 && v.likely >= 0 && !v.printed)
		say_unprinted(&v, text, size);
	else if (v.reported >= 0 && v.likely >= 0)
		say_undecidable(dump, &v, text, size);
	else
		say_passed(dump, &v, text, size);
}
