/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Says in words what the value of a VMCS field is: names of its bits, a segment's
 * access rights, an event.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/vmcs/controls.h"
#include "vmcs.h"
#include "vmcs_decode.h"

static const struct {
	uint16_t field;
	uint8_t bit;
	const char *name;
} bit_names[] = {
#define VMCS_BIT(FIELD, BIT, NAME) {PKVM_VMCS_INDEX_##FIELD, BIT, NAME},
#include "vmcs_bits.inc"
#undef VMCS_BIT
};

#define NR_NAMED_BITS (sizeof(bit_names) / sizeof(bit_names[0]))

struct text {
	char *to;
	size_t size;
	size_t used;
};

__attribute__((format(printf, 2, 3)))
static void say(struct text *t, const char *format, ...)
{
	va_list arguments;

	if (t->used >= t->size)
		return;
	va_start(arguments, format);
	t->used += (size_t)vsnprintf(t->to + t->used, t->size - t->used, format, arguments);
	va_end(arguments);
}

static bool bits(struct text *t, unsigned int field, uint64_t value)
{
	bool known = false;

	for (size_t i = 0; i < NR_NAMED_BITS; i++) {
		if (bit_names[i].field != field)
			continue;
		known = true;
		if (value >> bit_names[i].bit & 1)
			say(t, "%s%s", t->used ? ", " : "", bit_names[i].name);
	}
	if (known && !t->used)
		say(t, "none");
	return known;
}

/* SDM section "Segment Registers" of "Guest Register State". */
static void access_rights(struct text *t, uint64_t ar)
{
	if (ar >> 16 & 1)
		say(t, "unusable, ");
	say(t, "type %" PRIu64 ", S=%" PRIu64 ", DPL=%" PRIu64 ", P=%" PRIu64 ", AVL=%" PRIu64
	    ", L=%" PRIu64 ", D/B=%" PRIu64 ", G=%" PRIu64, ar & 15, ar >> 4 & 1, ar >> 5 & 3,
	    ar >> 7 & 1, ar >> 12 & 1, ar >> 13 & 1, ar >> 14 & 1, ar >> 15 & 1);
}

static void event(struct text *t, uint64_t info)
{
	static const char *const types[] = {"external interrupt", "reserved type", "NMI",
		"hardware exception", "software interrupt", "privileged software exception",
		"software exception", "other event"};

	if (!(info & PKVM_VMX_INTR_INFO_VALID)) {
		say(t, "no event");
		return;
	}
	say(t, "%s, vector %" PRIu64, types[info >> 8 & 7], info & 0xff);
	if (info & PKVM_VMX_INTR_INFO_ERROR_CODE)
		say(t, ", with an error code");
}

static void activity(struct text *t, uint64_t state)
{
	static const char *const states[] = {"active", "HLT", "shutdown", "wait-for-SIPI"};

	say(t, "%s", state < 4 ? states[state] : "no such state");
}

static void eptp(struct text *t, uint64_t value)
{
	say(t, "memory type %" PRIu64 ", page-walk length %" PRIu64
	    ", accessed and dirty flags %s", value & 7, (value >> 3 & 7) + 1, value >> 6 & 1 ? "on" : "off");
}

bool vmcs_decode(unsigned int field, uint64_t value, char *text, size_t size)
{
	struct text t = {.to = text, .size = size};

	switch (field) {
	case PKVM_VMCS_INDEX_GUEST_CS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_SS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_DS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_ES_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_FS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_GS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_LDTR_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_TR_AR_BYTES:
		access_rights(&t, value);
		return true;
	case PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD:
	case PKVM_VMCS_INDEX_VM_EXIT_INTR_INFO:
	case PKVM_VMCS_INDEX_IDT_VECTORING_INFO_FIELD:
		event(&t, value);
		return true;
	case PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE:
		activity(&t, value);
		return true;
	case PKVM_VMCS_INDEX_EPT_POINTER:
		eptp(&t, value);
		return true;
	default:
		return bits(&t, field, value);
	}
}

const char *vmcs_error_text(uint64_t error)
{
	switch (error) {
	case 4:
		return "VMLAUNCH with a VMCS that is not clear";
	case 5:
		return "VMRESUME with a VMCS that is not launched";
	case 7:
		return "VM entry with invalid control fields";
	case 8:
		return "VM entry with invalid host-state fields";
	case 12:
		return "VMREAD or VMWRITE of a field that the processor does not have";
	case 26:
		return "VM entry with events blocked by MOV SS";
	case 0x80000021:
		return "VM-entry failure due to invalid guest state";
	case 0x80000022:
		return "VM-entry failure due to MSR loading";
	case 0x80000029:
		return "VM-entry failure due to a machine-check event";
	default:
		return "no error of a VM-entry check";
	}
}

static const char *how_to_know(uint32_t need)
{
	switch (need) {
	case PKVM_VMCS_NEEDS_BASIC:
		return "MSR 480H (rdmsr 0x480)";
	case PKVM_VMCS_NEEDS_CONTROLS:
		return "MSRs 48BH and 48DH to 490H (without MSR 480H bit 55: 481H to 484H)";
	case PKVM_VMCS_NEEDS_MISC:
		return "MSR 485H";
	case PKVM_VMCS_NEEDS_CR0_FIXED:
		return "MSRs 486H and 487H";
	case PKVM_VMCS_NEEDS_CR4_FIXED:
		return "MSRs 488H and 489H";
	case PKVM_VMCS_NEEDS_EPT_VPID_CAP:
		return "MSR 48CH";
	case PKVM_VMCS_NEEDS_VMFUNC:
		return "MSR 491H";
	case PKVM_VMCS_NEEDS_PHYSICAL_WIDTH:
	case PKVM_VMCS_NEEDS_LINEAR_WIDTH:
		return "\"address sizes\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_VTPR:
		return "byte 80H of the virtual-APIC page, right before VM entry";
	case PKVM_VMCS_NEEDS_CURRENT_VMCS:
		return "the physical address of the VMCS itself";
	case PKVM_VMCS_NEEDS_LINKED_VMCS:
		return "the first 4 bytes of the page at VMCS_LINK_POINTER";
	case PKVM_VMCS_NEEDS_PDPTES:
		return "the four entries in memory at GUEST_CR3";
	case PKVM_VMCS_NEEDS_EFER:
		return "\"lm\" or \"nx\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_SGX:
		return "\"sgx\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_RTM:
		return "\"rtm\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_BUS_LOCK:
		return "\"bus_lock_detect\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_LAM:
		return "\"lam\" in the host's /proc/cpuinfo";
	case PKVM_VMCS_NEEDS_RTIT_CTL:
		return "MSR 570H, right before VM entry";
	case PKVM_VMCS_NEEDS_MSR_LOAD:
		return "the entries in memory at VM_ENTRY_MSR_LOAD_ADDR";
	default:
		return "";
	}
}

void vmcs_how_to_know(uint32_t needs, char *text, size_t size)
{
	struct text t = {text, size, 0};

	text[0] = '\0';
	for (uint32_t need = 1; need; need <<= 1) {
		const char *how = how_to_know(need);

		/* One line of the host's tells both address widths. */
		if (needs & need && !strstr(text, how))
			say(&t, "%s%s", t.used ? "; " : "", how);
	}
}
