/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Writes the CPUID table of the machine at hand as text, in the format that
 * `cpuid -r` prints: from the CPUID instruction, or from KVM.
 *
 *   cpuid-capture instruction    what the processor answers on CPU 0
 *   cpuid-capture kvm            what KVM_GET_SUPPORTED_CPUID returns
 *
 * scenarios/captures/README.md describes the format. KVM is asked for guest
 * permission to use AMX first, since it hides AMX from those who do not ask.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/kvm.h>

#define ARCH_REQ_XCOMP_GUEST_PERM 0x1025
#define XFEATURE_XTILEDATA        18
#define MAX_ENTRIES               256

struct row {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

static struct row ask(uint32_t leaf, uint32_t subleaf)
{
	struct row row = {.leaf = leaf, .subleaf = subleaf};

	__cpuid_count(leaf, subleaf, row.eax, row.ebx, row.ecx, row.edx);
	return row;
}

static void print_row(const struct row *row)
{
	printf("   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x", row->leaf,
	       row->subleaf, row->eax, row->ebx, row->ecx, row->edx);
}

static void print_brand(void)
{
	uint32_t word[13] = {0};
	const char *text = (const char *)word;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		const struct row row = ask(0x80000002u + i, 0);

		word[4 * i] = row.eax;
		word[4 * i + 1] = row.ebx;
		word[4 * i + 2] = row.ecx;
		word[4 * i + 3] = row.edx;
	}
	printf("# processor: %s\n", text + strspn(text, " "));
}

static void print_header(const char *source)
{
	const uint32_t signature = ask(1, 0).eax;
	const uint32_t family = (signature >> 8) & 0xf;
	const uint32_t model = ((signature >> 4) & 0xf) | ((signature >> 12) & 0xf0);
	struct utsname system;

	print_brand();
	printf("# family/model/stepping: 0x%x/0x%x/0x%x\n",
	       family + (family == 0xf ? (signature >> 20) & 0xff : 0),
	       family == 6 || family == 0xf ? model : model & 0xf, signature & 0xf);
	printf("# source: %s\n", source);
	if (uname(&system) == 0)
		printf("# kernel: %s %s\n", system.sysname, system.release);
	printf("# the processor itself runs under a hypervisor: %s\n",
	       ask(1, 0).ecx >> 31 ? "yes" : "no");
	printf("CPU:\n");
}

/*
 * Whether the instruction has a row at this subleaf: each leaf's own rule of
 * the SDM for "no more subleaves", and one row for leaves without any.
 */
static int has_row(uint32_t leaf, uint32_t subleaf)
{
	const struct row first = ask(leaf, 0);
	const struct row row = ask(leaf, subleaf);

	/* clang-format off */
	switch (leaf) {
	case 0x4:
		return subleaf == 0 || (ask(leaf, subleaf - 1).eax & 0x1f) != 0;
	case 0x7: case 0x14: case 0x17: case 0x18: case 0x1d: case 0x20:
		return subleaf <= first.eax;
	case 0xb: case 0x1f:
		return subleaf == 0 || (ask(leaf, subleaf - 1).ecx & 0xff00) != 0;
	case 0xd:
		return subleaf < 2 || (subleaf < 63 && row.eax != 0);
	case 0xf: case 0x10:
		return subleaf == 0 || (subleaf < 4 && (row.eax | row.ebx | row.ecx | row.edx));
	case 0x12:
		return subleaf < 2 || (first.eax != 0 && (row.eax & 0xf) != 0);
	default:
		return subleaf == 0;
	}
	/* clang-format on */
}

static void print_range(uint32_t base)
{
	const uint32_t last = ask(base, 0).eax;
	uint32_t leaf;
	uint32_t subleaf;

	if (last < base || last - base > 0xff)
		return;
	for (leaf = base; leaf <= last; leaf++) {
		for (subleaf = 0; subleaf < 64; subleaf++) {
			const struct row row = ask(leaf, subleaf);

			if (!has_row(leaf, subleaf))
				continue;
			print_row(&row);
			putchar('\n');
		}
	}
}

static int capture_instruction(void)
{
	print_header("CPUID instruction");
	print_range(0);
	if (ask(1, 0).ecx >> 31)
		print_range(0x40000000u);
	print_range(0x80000000u);
	return 0;
}

static int capture_kvm(void)
{
	struct kvm_cpuid2 *table =
		calloc(1, sizeof(*table) + MAX_ENTRIES * sizeof(table->entries[0]));
	const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	uint32_t i;

	if (table == NULL || kvm < 0) {
		fprintf(stderr, "cpuid-capture: /dev/kvm: %s\n", strerror(errno));
		free(table);
		return 2;
	}
	if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_GUEST_PERM, XFEATURE_XTILEDATA) != 0)
		fprintf(stderr, "cpuid-capture: no AMX for guests: %s\n", strerror(errno));
	table->nent = MAX_ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, table) < 0) {
		fprintf(stderr, "cpuid-capture: KVM_GET_SUPPORTED_CPUID: %s\n",
			strerror(errno));
		free(table);
		close(kvm);
		return 1;
	}
	print_header("KVM_GET_SUPPORTED_CPUID");
	for (i = 0; i < table->nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &table->entries[i];
		const struct row row = {entry->function, entry->index, entry->eax,
					entry->ebx,      entry->ecx,   entry->edx};

		print_row(&row);
		printf(" flags=0x%x\n", entry->flags);
	}
	free(table);
	close(kvm);
	return 0;
}

/* APIC ids are of the CPU that was asked: always the same one. */
static void stay_on_cpu_0(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0)
		fprintf(stderr, "cpuid-capture: not on CPU 0: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
	stay_on_cpu_0();
	if (argc == 2 && strcmp(argv[1], "instruction") == 0)
		return capture_instruction();
	if (argc == 2 && strcmp(argv[1], "kvm") == 0)
		return capture_kvm();
	fprintf(stderr, "usage: cpuid-capture instruction|kvm\n");
	return 2;
}
