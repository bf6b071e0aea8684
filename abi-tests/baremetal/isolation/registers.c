/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's registers: before a call it puts values of its own into all of them,
 * and right after it none but the call's outputs may have changed.
 *
 * A run leaves extended state in its initial configuration, so that there every
 * bit is compared. SDM: chapter "Managing State Using the XSAVE Feature Set".
 */
#include "../../../baremetal/common/x86.h"
#include "../calls/cpuid.h"
#include "look.h"

#define ECX_XSAVE   PKVM_BIT(26)
#define ECX7_PKU    PKVM_BIT(3)
#define CR4_OSXSAVE PKVM_BIT(18)
#define CR4_PKE     PKVM_BIT(22)
#define XCR0_AVX    PKVM_U64(7)
#define XCR0_AVX512 PKVM_U64(0xe7)

#define HOST_CR2   PKVM_U64(0xc0ffee000)
#define HOST_DR    PKVM_U64(0x00007000d0000000)
#define HOST_DR6   PKVM_U64(0xffff0ff0)
#define HOST_DR7   PKVM_U64(0x400)
#define HOST_FCW   PKVM_U64(0x37f)
#define HOST_MXCSR PKVM_U64(0x1f80)
#define HOST_PKRU  0x55555550u

/* Of an XSAVE area, by 64-bit words: the legacy region, then as CPUID says. */
enum { MXCSR_WORD = 3, X87_WORD = 4, XMM_WORD = 20, XMM_END = 52, AREA_WORDS = 512 };

enum component { YMM = 2, OPMASK = 5, ZMM_HIGH = 6, ZMM_16_UP = 7 };

struct control {
	uint64_t cr0, cr3, cr4, cr8;
};

static uint64_t xcr0;
static bool has_pku;
static struct {
	_Alignas(64) uint64_t area[AREA_WORDS];
	struct control control;
} own[LOOKING_CPUS];

/* Words 1 to 10 of a call, by hardware number; and RAX. */
static const uint8_t word_gpr[PKVM_MAX_WORDS] = {3, 1, 2, 6, 7, 8, 9, 10, 11, 12};

struct look_gprs look_gprs[LOOKING_CPUS];

static void read_control(struct control *to)
{
	to->cr0 = x86_read_cr0();
	to->cr3 = x86_read_cr3();
	to->cr4 = x86_read_cr4();
	__asm__ volatile("movq %%cr8, %0" : "=r"(to->cr8));
}

/* Nothing but a run leaves the x87 state as FNINIT does; RESET did not. */
void registers_prepare(void)
{
	uint32_t regs[4];

	__asm__ volatile("fninit");
	processor_cpuid(1, 0, regs);
	if (regs[ECX] & ECX_XSAVE) {
		x86_write_cr4(x86_read_cr4() | CR4_OSXSAVE);
		processor_cpuid(0xd, 0, regs);
		xcr0 = regs[EAX] & XCR0_AVX512;
		__asm__ volatile("xsetbv" : : "a"((uint32_t)xcr0), "c"(0), "d"(0));
	}
	processor_cpuid(7, 0, regs);
	has_pku = regs[ECX] & ECX7_PKU;
	if (has_pku) {
		x86_write_cr4(x86_read_cr4() | CR4_PKE);
		__asm__ volatile("wrpkru" : : "a"(HOST_PKRU), "c"(0), "d"(0));
	}
	__asm__ volatile("movq %0, %%dr0" : : "r"(HOST_DR));
	__asm__ volatile("movq %0, %%dr1" : : "r"(HOST_DR + 1));
	__asm__ volatile("movq %0, %%dr2" : : "r"(HOST_DR + 2));
	__asm__ volatile("movq %0, %%dr3" : : "r"(HOST_DR + 3));
	__asm__ volatile("movq %0, %%dr6" : : "r"(HOST_DR6));
	__asm__ volatile("movq %0, %%dr7" : : "r"(HOST_DR7));
	__asm__ volatile("movq %0, %%cr2" : : "r"(HOST_CR2));
	read_control(&own[host_this_cpu()->number].control);
}

uint64_t guest_has_of_registers(void)
{
	uint64_t has = has_pku ? HAS_PKU : 0;

	if ((xcr0 & XCR0_AVX) == XCR0_AVX)
		has |= HAS_AVX;
	if ((xcr0 & XCR0_AVX512) == XCR0_AVX512)
		has |= HAS_AVX512;
	return has;
}

static void look_at_gprs(uint32_t outputs)
{
	const struct look_gprs *gprs = &look_gprs[host_this_cpu()->number];
	uint64_t changed = 1;

	for (uint32_t i = 0; i < outputs; i++)
		changed |= PKVM_BIT(word_gpr[i]);
	for (unsigned int i = 0; i < 16; i++) {
		if (!(changed >> i & 1))
			expect_same(GENERAL_REGISTERS, "number", i, gprs->after[i],
				    gprs->before[i]);
	}
}

static void look_at_control(uint64_t cr2)
{
	const struct control *control = &own[host_this_cpu()->number].control;
	struct control now;

	read_control(&now);
	expect_same(CONTROL_REGISTERS, "CR", 0, now.cr0, control->cr0);
	expect_same(CONTROL_REGISTERS, "CR", 2, cr2, HOST_CR2);
	expect_same(CONTROL_REGISTERS, "CR", 3, now.cr3, control->cr3);
	expect_same(CONTROL_REGISTERS, "CR", 4, now.cr4, control->cr4);
	expect_same(CONTROL_REGISTERS, "CR", 8, now.cr8, control->cr8);
}

static void look_at_debug(void)
{
	uint64_t dr[8] = {0};

	__asm__ volatile("movq %%dr0, %0" : "=r"(dr[0]));
	__asm__ volatile("movq %%dr1, %0" : "=r"(dr[1]));
	__asm__ volatile("movq %%dr2, %0" : "=r"(dr[2]));
	__asm__ volatile("movq %%dr3, %0" : "=r"(dr[3]));
	__asm__ volatile("movq %%dr6, %0" : "=r"(dr[6]));
	__asm__ volatile("movq %%dr7, %0" : "=r"(dr[7]));
	for (uint32_t i = 0; i < 4; i++)
		expect_same(DEBUG_REGISTERS, "DR", i, dr[i], HOST_DR + i);
	expect_same(DEBUG_REGISTERS, "DR", 6, dr[6], HOST_DR6);
	expect_same(DEBUG_REGISTERS, "DR", 7, dr[7], HOST_DR7);
}

static void look_at_words(enum channel channel, uint32_t first, uint32_t words)
{
	const uint64_t *area = own[host_this_cpu()->number].area;

	for (uint32_t i = first; i < first + words; i++)
		expect_same(channel, "word of the XSAVE area", i, area[i], 0);
}

static void look_at_component(enum channel channel, enum component component)
{
	uint32_t regs[4];

	if (!(xcr0 >> component & 1))
		return;
	processor_cpuid(0xd, component, regs);
	look_at_words(channel, regs[EBX] / 8, regs[EAX] / 8);
}

static void look_at_pkru(void)
{
	uint32_t now, zero;

	if (!has_pku)
		return;
	__asm__ volatile("rdpkru" : "=a"(now), "=d"(zero) : "c"(0));
	expect_same(FPU_CONTROL, "PKRU", 0, now, HOST_PKRU);
}

static void look_at_extended(void)
{
	uint64_t *area = own[host_this_cpu()->number].area;
	uint64_t now = 0;

	for (unsigned int i = 0; i < AREA_WORDS; i++)
		area[i] = 0;
	if (xcr0)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"((uint32_t)xcr0), "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
	expect_same(FPU_CONTROL, "FCW", 0, area[0] & 0xffff, HOST_FCW);
	expect_same(FPU_CONTROL, "MXCSR", 0, area[MXCSR_WORD] & 0xffffffff, HOST_MXCSR);
	if (xcr0) {
		__asm__ volatile("xgetbv; shlq $32, %%rdx; orq %%rdx, %%rax"
				 : "=a"(now)
				 : "c"(0)
				 : "rdx", "cc");
		expect_same(FPU_CONTROL, "XCR0", 0, now, xcr0);
	}
	look_at_words(X87_REGISTERS, X87_WORD, XMM_WORD - X87_WORD);
	look_at_words(XMM_REGISTERS, XMM_WORD, XMM_END - XMM_WORD);
	look_at_component(YMM_REGISTERS, YMM);
	look_at_component(ZMM_REGISTERS, OPMASK);
	look_at_component(ZMM_REGISTERS, ZMM_HIGH);
	look_at_component(ZMM_REGISTERS, ZMM_16_UP);
}

void look_at_registers(uint32_t outputs)
{
	const uint64_t cr2 = x86_read_cr2();

	look_at_gprs(outputs);
	look_at_control(cr2);
	look_at_debug();
	look_at_extended();
	look_at_pkru();
}

const uint64_t *call(uint64_t number, uint64_t word1, uint64_t word2, uint32_t outputs)
{
	const uint32_t cpu = host_this_cpu()->number;
	uint64_t *before = look_gprs[cpu].before;

	for (uint32_t i = 0; i < 16; i++)
		before[i] = PKVM_U64(0x0101010101010101) * (i + 0x11);
	before[0] = number;
	before[word_gpr[0]] = word1;
	before[word_gpr[1]] = word2;
	if (cpu)
		look_vmcall_1();
	else
		look_vmcall_0();
	look_at_registers(outputs);
	return look_gprs[cpu].after;
}
