/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A guest's reads and writes of local APIC registers, in both of its modes (SDM
 * "Local APIC Register Address Map", "x2APIC Register Availability").
 *
 * The timer does not count here: its registers are stored for whoever has one.
 */
#include "irqchip.h"

#define MSR_FIRST       0x800u
#define PAGE_END        0x400u

#define XAPIC_ID_SHIFT  24
#define LVT_MASKED      0x10000u
#define SPIV_BITS       0x1ffu
#define DFR_ONE         0x0fffffffu
#define SEND_ILLEGAL    0x20u   /* ESR [5]                               */
#define FIRST_VECTOR    16u

/* SDM "Interrupt Command Register (ICR)" */
#define ICR_BITS        0x000ccfffu
#define ICR_LOGICAL     0x00000800u
#define ICR_MODE(ICR)      ((ICR) >> 8 & 7)
#define ICR_SHORTHAND(ICR) ((ICR) >> 18 & 3)
enum { NO_SHORTHAND, SELF, ALL, OTHERS };

/*
 * Who may read and write a register, and which bits a write may set. Setting one
 * that is only read (delivery status, remote IRR) has no effect, in x2APIC mode
 * either; there all others are reserved.
 */
enum { READ = 1, WRITE = 2, XAPIC = 4, X2APIC = 8 };

struct rule {
	uint16_t first;
	uint16_t last;
	uint32_t allowed;
	uint32_t bits;
	uint32_t read_only;
};

static const struct rule rules[] = {
	/* first, last   who                             bits         read_only */
	{ 0x020, 0x030, READ | XAPIC | X2APIC,          0,          0 },      /* id, version */
	{ 0x080, 0x080, READ | WRITE | XAPIC | X2APIC,  0x000000ff, 0 },      /* TPR         */
	{ 0x0a0, 0x0a0, READ | XAPIC | X2APIC,          0,          0 },      /* PPR         */
	{ 0x0b0, 0x0b0, WRITE | XAPIC | X2APIC,         0,          0 },      /* EOI         */
	{ 0x0d0, 0x0d0, READ | WRITE | XAPIC,           0xff000000, 0 },      /* LDR         */
	{ 0x0d0, 0x0d0, READ | X2APIC,                  0,          0 },
	{ 0x0e0, 0x0e0, READ | WRITE | XAPIC,           0xf0000000, 0 },      /* DFR         */
	{ 0x0f0, 0x0f0, READ | WRITE | XAPIC | X2APIC,  0x000011ff, 0 },      /* SPIV        */
	{ 0x100, 0x270, READ | XAPIC | X2APIC,          0,          0 },      /* ISR TMR IRR */
	{ 0x280, 0x280, READ | WRITE | XAPIC | X2APIC,  0,          0 },      /* ESR         */
	{ 0x300, 0x300, READ | WRITE | XAPIC | X2APIC,  ICR_BITS,   0 },      /* ICR         */
	{ 0x310, 0x310, READ | WRITE | XAPIC,           0xff000000, 0 },      /* ICR high    */
	{ 0x320, 0x320, READ | WRITE | XAPIC | X2APIC,  0x000700ff, 0x1000 }, /* LVT timer   */
	{ 0x330, 0x340, READ | WRITE | XAPIC | X2APIC,  0x000107ff, 0x1000 }, /* thermal, counters */
	{ 0x350, 0x360, READ | WRITE | XAPIC | X2APIC,  0x0001a7ff, 0x5000 }, /* LINT0, LINT1 */
	{ 0x370, 0x370, READ | WRITE | XAPIC | X2APIC,  0x000100ff, 0x1000 }, /* LVT error   */
	{ 0x380, 0x380, READ | WRITE | XAPIC | X2APIC,  0xffffffff, 0 },      /* initial count */
	{ 0x390, 0x390, READ | XAPIC | X2APIC,          0,          0 },      /* current count */
	{ 0x3e0, 0x3e0, READ | WRITE | XAPIC | X2APIC,  0x0000000b, 0 },      /* divide      */
	{ 0x3f0, 0x3f0, WRITE | X2APIC,                 0x000000ff, 0 },      /* self-IPI    */
};

static const struct rule *find(uint32_t offset, uint32_t wanted)
{
	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (offset >= rules[i].first && offset <= rules[i].last &&
		    (rules[i].allowed & wanted) == wanted)
			return &rules[i];
	}
	return NULL;
}

static uint32_t read(const struct pkvm_host_lapic *apic, uint32_t offset)
{
	switch (offset) {
	case PKVM_HOST_APIC_ID:
		return pkvm_host_lapic_is_x2apic(apic) ? apic->id :
							 apic->id << XAPIC_ID_SHIFT;
	case PKVM_HOST_APIC_TPR:
		return pkvm_host_lapic_tpr(apic);
	case PKVM_HOST_APIC_PPR:
		return pkvm_host_lapic_current_ppr(apic);
	case PKVM_HOST_APIC_LDR:
		return pkvm_host_lapic_ldr(apic);
	default:
		return apic->reg[offset / 16];
	}
}

static void send_ipi(struct pkvm_host_lapic *apic, uint32_t icr, uint32_t dest)
{
	const bool x2apic = pkvm_host_lapic_is_x2apic(apic);
	struct pkvm_host_msi msi = {
		.dest = x2apic ? dest : dest >> XAPIC_ID_SHIFT,
		.mode = ICR_MODE(icr),
		.vector = icr & 0xff,
		.logical = icr & ICR_LOGICAL,
		.from_x2apic = x2apic,
	};

	if (msi.mode <= PKVM_HOST_DELIVER_LOWEST && msi.vector < FIRST_VECTOR) {
		apic->errors |= SEND_ILLEGAL;
		return;
	}
	if (ICR_SHORTHAND(icr) == NO_SHORTHAND) {
		(void)pkvm_host_irqchip_deliver(apic->chip, &msi);
		return;
	}
	msi.from_x2apic = true;
	msi.logical = false;
	for (uint32_t i = 0; i < apic->chip->nr_lapics; i++) {
		const bool self = apic->chip->lapic[i] == apic;

		msi.dest = apic->chip->lapic[i]->id;
		if (self ? ICR_SHORTHAND(icr) != OTHERS : ICR_SHORTHAND(icr) != SELF)
			(void)pkvm_host_irqchip_deliver(apic->chip, &msi);
	}
}

/* Disabling the APIC masks every LVT. */
static void write_spiv(struct pkvm_host_lapic *apic, uint32_t value)
{
	const bool offered = PKVM_HOST_APIC(apic, LVR) & PKVM_HOST_APIC_LVR_SUPPRESS_EOI;

	PKVM_HOST_APIC(apic, SPIV) =
		value & (SPIV_BITS | (offered ? PKVM_HOST_APIC_SPIV_SUPPRESS_EOI : 0));
	apic->evaluate = true;
	if (value & PKVM_HOST_APIC_SPIV_ENABLE)
		return;
	for (uint32_t at = PKVM_HOST_APIC_LVT_FIRST; at <= PKVM_HOST_APIC_LVT_LAST; at += 16)
		apic->reg[at / 16] |= LVT_MASKED;
}

static bool is_lvt(uint32_t offset)
{
	return offset >= PKVM_HOST_APIC_LVT_FIRST && offset <= PKVM_HOST_APIC_LVT_LAST;
}

static void write(struct pkvm_host_lapic *apic, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PKVM_HOST_APIC_TPR:
		pkvm_host_lapic_set_tpr(apic, value);
		break;
	case PKVM_HOST_APIC_EOI:
		pkvm_host_lapic_eoi(apic);
		break;
	case PKVM_HOST_APIC_SPIV:
		write_spiv(apic, value);
		break;
	case PKVM_HOST_APIC_ESR:
		PKVM_HOST_APIC(apic, ESR) = apic->errors;
		apic->errors = 0;
		break;
	case PKVM_HOST_APIC_ICR:
		PKVM_HOST_APIC(apic, ICR) = value;
		send_ipi(apic, value, PKVM_HOST_APIC(apic, ICR_HIGH));
		break;
	case PKVM_HOST_APIC_DFR:
		PKVM_HOST_APIC(apic, DFR) = value | DFR_ONE;
		break;
	case PKVM_HOST_APIC_SELF_IPI:
		send_ipi(apic, value | SELF << 18, 0);
		break;
	default:
		if (is_lvt(offset) &&
		    !(PKVM_HOST_APIC(apic, SPIV) & PKVM_HOST_APIC_SPIV_ENABLE))
			value |= LVT_MASKED;
		apic->reg[offset / 16] = value;
	}
}

/* The register behind an MSR number; false: there is none in the page. */
static bool offset_of(const struct pkvm_host_lapic *apic, uint32_t index, uint32_t *offset)
{
	if (index < MSR_FIRST || index - MSR_FIRST >= PAGE_END / 16)
		return false;
	*offset = (index - MSR_FIRST) * 16;
	return pkvm_host_lapic_is_x2apic(apic);
}

int pkvm_host_lapic_rdmsr(struct pkvm_host_lapic *apic, uint32_t index, uint64_t *value)
{
	uint32_t offset;

	*value = 0;
	if (!offset_of(apic, index, &offset) || !find(offset, READ | X2APIC))
		return -PKVM_EINVAL;
	*value = read(apic, offset);
	if (offset == PKVM_HOST_APIC_ICR)
		*value |= (uint64_t)PKVM_HOST_APIC(apic, ICR_HIGH) << 32;
	return 0;
}

/* Reserved bits are refused (SDM "Reserved Bit Checking"); ICR alone has 64. */
int pkvm_host_lapic_wrmsr(struct pkvm_host_lapic *apic, uint32_t index, uint64_t value)
{
	const struct rule *rule;
	uint32_t offset;

	if (!offset_of(apic, index, &offset))
		return -PKVM_EINVAL;
	rule = find(offset, WRITE | X2APIC);
	if (!rule || (uint32_t)value & ~(rule->bits | rule->read_only))
		return -PKVM_EINVAL;
	if (offset == PKVM_HOST_APIC_ICR)
		PKVM_HOST_APIC(apic, ICR_HIGH) = (uint32_t)(value >> 32);
	else if (value >> 32)
		return -PKVM_EINVAL;
	write(apic, offset, (uint32_t)value & rule->bits);
	return 0;
}

static bool is_xapic_access(const struct pkvm_host_lapic *apic, uint64_t offset, uint32_t size)
{
	return size == sizeof(uint32_t) && offset < PKVM_PAGE_SIZE && offset % 16 == 0 &&
	       pkvm_host_lapic_is_enabled(apic) && !pkvm_host_lapic_is_x2apic(apic);
}

/* A register that is not there reads as 0, and a write to it is lost. */
int pkvm_host_lapic_mmio_read(struct pkvm_host_lapic *apic, uint64_t offset, uint32_t size,
			      uint64_t *value)
{
	*value = 0;
	if (!is_xapic_access(apic, offset, size))
		return -PKVM_EINVAL;
	if (find((uint32_t)offset, READ | XAPIC))
		*value = read(apic, (uint32_t)offset);
	return 0;
}

int pkvm_host_lapic_mmio_write(struct pkvm_host_lapic *apic, uint64_t offset, uint32_t size,
			       uint64_t value)
{
	const struct rule *rule;

	if (!is_xapic_access(apic, offset, size))
		return -PKVM_EINVAL;
	rule = find((uint32_t)offset, WRITE | XAPIC);
	if (rule)
		write(apic, (uint32_t)offset, (uint32_t)value & rule->bits);
	return 0;
}
