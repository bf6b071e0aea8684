/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The processor that enters: its features and host state in the baselines, memory
 * as a state says that it is, and a guest that gets nowhere. Guest-physical memory
 * is empty, every exception exits, and the preemption timer has expired.
 */
#include "../../../baremetal/common/x86.h"
#include "../../../baremetal/hyp/host.h"
#include "../../../lib/vmcs/access.h"
#include "../../../lib/vmcs/allowed.h"
#include "../expect.h"
#include "entry.h"

/* Where the baselines have them; low memory is nobody else's. */
#define GUEST_CR3     0x2000u
#define VIRTUAL_APIC  0x4000u
#define MSR_STORE     0x7000u
#define EXIT_MSR_LOAD 0x7100u
#define MSR_LOAD      0x7200u
#define LINKED_VMCS   0x8000u
#define VMCS          0x9000u
#define EPT_ROOT      0x600000u

#define VTPR               0x80u
#define NO_LINK            (~(uint64_t)0)
#define EPTP_ACCESSED      PKVM_BIT(6)
#define CAP_ACCESSED       PKVM_BIT(21)
#define SUPPRESS_VE        PKVM_BIT(63)
#define REVISION           PKVM_BITS(30, 0)
#define SHADOW_INDICATOR   PKVM_BIT(31)
#define RFLAGS_ONE         PKVM_BIT(1)
#define ENTRY_TO_SMM       PKVM_BIT(10)
#define FAILED_ENTRY       PKVM_BIT(31)
#define AT(e, NAME)        ((e)->value[PKVM_VMCS_INDEX_##NAME])

static bool has[PKVM_VMCS_NR_FIELDS];
static struct entry baseline[BASELINES];

/* clang-format off */
static const struct change protected_mode[] = {
	X(VM_ENTRY_CONTROLS, 0xf1ff), X(GUEST_IA32_EFER, 0), X(GUEST_CR0, 0x31),
	X(GUEST_CR4, 0x2000), X(GUEST_CS_AR_BYTES, 0xc09b), X(GUEST_RIP, 0x100000),
};

static const struct change unpaged_v86[] = {
	X(SECONDARY_VM_EXEC_CONTROL, 0x020200ba), X(GUEST_CR0, 0x31),
};

#define CODE_SEGMENT(S)                                                                   \
	X(GUEST_##S##_SELECTOR, 0x10), X(GUEST_##S##_BASE, 0),                            \
	X(GUEST_##S##_LIMIT, 0xffffffff), X(GUEST_##S##_AR_BYTES, 0xc09b)
static const struct change code_segments[] = {
	CODE_SEGMENT(DS), CODE_SEGMENT(ES), CODE_SEGMENT(FS), CODE_SEGMENT(GS),
};

#define APPLY(e, CHANGES) apply(e, CHANGES, sizeof(CHANGES) / sizeof((CHANGES)[0]))

/* What keeps the guest where it is, in place of a Linux host's wishes. */
static const struct change guarded[] = {
	X(EXCEPTION_BITMAP, 0xffffffff), X(PAGE_FAULT_ERROR_CODE_MASK, 0),
	X(PAGE_FAULT_ERROR_CODE_MATCH, 0), X(VMX_PREEMPTION_TIMER_VALUE, 0),
};
/* clang-format on */

bool machine_has(uint16_t field)
{
	return has[field];
}

const char *machine_absent(const struct pkvm_vmcs_rule *rule)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (!has[rule->reads[i]])
			return pkvm_vmcs_name((enum pkvm_vmcs_index)rule->reads[i]);
	}
	return NULL;
}

static void adjust(struct entry *e, enum pkvm_vmcs_index field, uint64_t capability)
{
	e->value[field] = pkvm_vmx_adjust(capability, (uint32_t)e->value[field]);
}

/* The baselines' controls, as far as the processor has them. */
static void adjust_controls(struct entry *e)
{
	const struct pkvm_vmx_caps *caps = &e->caps;

	adjust(e, PKVM_VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL, pkvm_vmx_pin_ctls(caps));
	adjust(e, PKVM_VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, pkvm_vmx_cpu_ctls(caps));
	adjust(e, PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, caps->procbased_ctls2);
	adjust(e, PKVM_VMCS_INDEX_VM_EXIT_CONTROLS, pkvm_vmx_exit_ctls(caps));
	adjust(e, PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS, pkvm_vmx_entry_ctls(caps));
	if (!(caps->ept_vpid_cap & CAP_ACCESSED))
		AT(e, EPT_POINTER) &= ~EPTP_ACCESSED;
}

static bool is_host(uint16_t field)
{
	return pkvm_vmcs_type(pkvm_vmcs_encoding((enum pkvm_vmcs_index)field)) ==
	       PKVM_VMCS_TYPE_HOST;
}

static void make_baseline(struct entry *e, uint32_t guest)
{
	static const enum guest near[] = {LONG, REAL, PAE, V86, LONG, V86, PAE};

	set_up(e, near[guest], SKYLAKE);
	if (guest == UNPAGED)
		APPLY(e, protected_mode);
	if (guest == UNPAGED_V86)
		APPLY(e, unpaged_v86);
	if (guest == CODE)
		APPLY(e, code_segments);
	APPLY(e, guarded);
	e->caps = *pkvm_vmcs_caps();
	adjust_controls(e);
	for (uint16_t i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (!has[i])
			e->value[i] = 0;
		else if (is_host(i))
			e->value[i] = pkvm_vmread(pkvm_vmcs_encoding((enum pkvm_vmcs_index)i));
	}
	e->state.linked_revision = (uint32_t)(e->caps.basic & REVISION);
}

void machine_baseline(struct entry *e, uint32_t guest)
{
	*e = baseline[guest];
	point(e);
}

/* VM-exit information is read-only by what the SDM says of it. */
static void find_fields(void)
{
	for (uint16_t i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)i);

		has[i] = pkvm_vmcs_type(encoding) != PKVM_VMCS_TYPE_READ_ONLY &&
			 pkvm_vmcs_write(encoding, 0) == PKVM_VMX_SUCCEED;
	}
}

/* Areas for VM exits that any processor can store and load. */
static void fill_memory(void)
{
	struct pkvm_vmcs_msr_entry *store = (struct pkvm_vmcs_msr_entry *)MSR_STORE;
	struct pkvm_vmcs_msr_entry *load = (struct pkvm_vmcs_msr_entry *)EXIT_MSR_LOAD;
	uint64_t *root = (uint64_t *)EPT_ROOT;

	for (unsigned int i = 0; i < 2; i++) {
		store[i] = (struct pkvm_vmcs_msr_entry){.index = MSR_KERNEL_GS_BASE};
		load[i] = (struct pkvm_vmcs_msr_entry){.index = MSR_KERNEL_GS_BASE};
	}
	for (unsigned int i = 0; i < 512; i++)
		root[i] = SUPPRESS_VE;
}

void machine_start(void)
{
	host_start(this_cpu());
	*(volatile uint32_t *)VMCS = (uint32_t)(pkvm_vmcs_caps()->basic & REVISION);
	EXPECT_EQUAL(pkvm_vmcs_clear(VMCS), 0);
	EXPECT_EQUAL(pkvm_vmcs_load(VMCS), 0);
	find_fields();
	fill_memory();
	pkvm_vmx_host_state(pkvm_vmcs_caps());
	for (uint32_t guest = 0; guest < BASELINES; guest++)
		make_baseline(&baseline[guest], guest);
}

static bool control(uint64_t primary, uint64_t secondary, uint64_t bit)
{
	return (primary & PKVM_VMX_CPU_SECONDARY_CONTROLS) && (secondary & bit);
}

static bool uses_ept(const struct entry *e)
{
	return control(AT(e, CPU_BASED_VM_EXEC_CONTROL), AT(e, SECONDARY_VM_EXEC_CONTROL),
		       PKVM_VMX_CPU2_ENABLE_EPT);
}

/* MSRs of every processor here; the checker leaves it open what others there are. */
static bool is_common_msr(const struct pkvm_vmx_caps *caps,
			  const struct pkvm_vmcs_msr_entry *entry)
{
	return !pkvm_vmcs_msr_loadable(caps, entry) || entry->index == MSR_PAT ||
	       (entry->index >= MSR_EFER && entry->index <= MSR_FMASK &&
		entry->index != MSR_EFER + 1) ||
	       entry->index == MSR_KERNEL_GS_BASE || entry->index == MSR_TSC_AUX;
}

/*
 * Whether an address may lead somewhere. Above low memory are the image's own bytes,
 * of which no compiler's shall decide what a seed means, or nothing: no facts there.
 */
static bool is_page(const struct entry *e, uint64_t address)
{
	return !(address & 0xfff) && !(address >> e->caps.maxphyaddr);
}

static void find_linked(struct entry *e)
{
	const uint64_t link = AT(e, VMCS_LINK_POINTER);

	if (link == LINKED_VMCS || !is_page(e, link))
		return;
	if (link >= MAP_LOW_END)
		AT(e, VMCS_LINK_POINTER) = NO_LINK;
	else
		e->state.linked_revision = *(const uint32_t *)(uintptr_t)link;
}

static void find_vtpr(struct entry *e)
{
	const uint64_t page = AT(e, VIRTUAL_APIC_PAGE_ADDR);

	if (page == VIRTUAL_APIC || !is_page(e, page))
		return;
	if (page >= MAP_LOW_END)
		AT(e, VIRTUAL_APIC_PAGE_ADDR) = VIRTUAL_APIC;
	else
		e->state.vtpr = *(const uint8_t *)(uintptr_t)(page + VTPR);
}

/*
 * What memory and the processor make of a state: pointers lead to what is there,
 * and tracing is not there to be on.
 */
void machine_facts(struct entry *e)
{
	e->state.rtit_ctl = 0;
	e->state.vtpr = baseline[LONG].state.vtpr;
	if (!is_common_msr(&e->caps, &e->msr[1]))
		e->msr[1].index = MSR_PAT;
	find_linked(e);
	find_vtpr(e);
}

/*
 * Bochs 2.7 ends where it would inject a pending MTF VM exit or enter SMM: these go
 * with an RFLAGS that it refuses, which shows that it got so far and no farther.
 */
static void stop_short(struct entry *e)
{
	const uint64_t info = AT(e, VM_ENTRY_INTR_INFO_FIELD);
	const bool mtf = (info & PKVM_VMX_INTR_INFO_VALID) &&
			 (info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_OTHER_EVENT;

	if (mtf || (AT(e, VM_ENTRY_CONTROLS) & ENTRY_TO_SMM))
		AT(e, GUEST_RFLAGS) &= ~(uint64_t)RFLAGS_ONE;
}

/* Fields that the processor uses after the checks, beyond what the guest is. */
static const uint16_t used_later[] = {
	PKVM_VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT, PKVM_VMCS_INDEX_VM_EXIT_MSR_STORE_ADDR,
	PKVM_VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT, PKVM_VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR,
	PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR,
	PKVM_VMCS_INDEX_VIRTUAL_APIC_PAGE_ADDR, PKVM_VMCS_INDEX_EPT_POINTER,
};

/*
 * A state that gets beyond the checks of controls and host: good values that would
 * lead to other memory, or not back, become the baseline's. Wait-for-SIPI is left
 * by a SIPI alone, and nobody sends one; HLT and shutdown by the timer.
 */
void machine_contain(struct entry *e)
{
	const struct entry *good = &baseline[LONG];

	stop_short(e);
	for (uint16_t i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (is_host(i) && i != PKVM_VMCS_INDEX_HOST_IA32_PERF_GLOBAL_CTRL)
			e->value[i] = good->value[i];
	}
	for (unsigned int i = 0; i < sizeof(used_later) / sizeof(used_later[0]); i++)
		e->value[used_later[i]] = good->value[used_later[i]];
	AT(e, VM_EXIT_CONTROLS) |= AT(good, VM_EXIT_CONTROLS) & PKVM_VMX_EXIT_LOAD_EFER;
	if (!uses_ept(e) && !(AT(e, GUEST_CR3) >> e->caps.maxphyaddr))
		AT(e, GUEST_CR3) = GUEST_CR3;
	if (AT(e, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_ACTIVE)
		AT(e, PIN_BASED_VM_EXEC_CONTROL) |= AT(good, PIN_BASED_VM_EXEC_CONTROL) &
						    PKVM_VMX_PIN_PREEMPTION_TIMER;
	if (AT(e, GUEST_ACTIVITY_STATE) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI &&
	    !(AT(e, VM_ENTRY_INTR_INFO_FIELD) & PKVM_VMX_INTR_INFO_VALID))
		AT(e, GUEST_ACTIVITY_STATE) = PKVM_VMX_ACTIVITY_ACTIVE;
	machine_facts(e);
}

static void write_memory(const struct entry *e)
{
	struct pkvm_vmcs_msr_entry *load = (struct pkvm_vmcs_msr_entry *)MSR_LOAD;
	const bool pae = !uses_ept(e) && !(AT(e, VM_ENTRY_CONTROLS) &
					   PKVM_VMX_ENTRY_IA32E_MODE_GUEST);

	load[0] = e->msr[0];
	load[1] = e->msr[1];
	*(volatile uint8_t *)(VIRTUAL_APIC + VTPR) = e->state.vtpr;
	for (unsigned int i = 0; i < 4; i++)
		((volatile uint64_t *)GUEST_CR3)[i] = pae ? e->state.pdpte[i] : 0;
	*(volatile uint32_t *)LINKED_VMCS = e->state.linked_revision;
}

/* A failed entry leaves the VMCS clear; after another it is made so. */
struct outcome machine_enter(const struct entry *e)
{
	struct pkvm_guest_regs regs = {.dr6 = 0xffff0ff0};
	struct outcome outcome = {0};
	uint64_t reason;
	int failed;

	write_memory(e);
	for (uint16_t i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (has[i])
			pkvm_vmwrite(pkvm_vmcs_encoding((enum pkvm_vmcs_index)i), e->value[i]);
	}
	failed = pkvm_vmx_enter(&regs, false);
	outcome.tsc = x86_rdtsc();
	EXPECT_EQUAL(failed & PKVM_VMX_ENTER_INVALID, 0);
	if (failed) {
		outcome.number = (uint32_t)pkvm_vmread(PKVM_VMCS_VM_INSTRUCTION_ERROR);
		return outcome;
	}
	reason = pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON);
	if (reason & FAILED_ENTRY) {
		outcome.number = reason & 0xffff;
		outcome.qualification = pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION);
		return outcome;
	}
	EXPECT_EQUAL(pkvm_vmcs_clear(VMCS), 0);
	EXPECT_EQUAL(pkvm_vmcs_load(VMCS), 0);
	return outcome;
}
