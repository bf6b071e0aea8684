/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The machine of a scenario, and what happens to it physically: which CPU the
 * host's actions are on, interrupts and NMIs.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "scenario.h"

/* Below the first MiB a PC has hardly any RAM; hosts leave it alone. */
#define RAM_BASE 0x100000u

static void withhold(struct scenario *s, const struct text_line *line,
		     struct pkvm_vmx_caps *caps)
{
	const char *name = line ? scenario_text_field(line, "without") : NULL;
	uint32_t primary = 0, secondary = 0;

	if (name && !scenario_feature(name, &primary, &secondary))
		scenario_bad(s, line, "unknown feature %s; expected apic_access, apicv or "
			     "tpr_shadow", name);
	caps->procbased_ctls &= ~((uint64_t)primary << 32);
	caps->true_procbased_ctls &= ~((uint64_t)primary << 32);
	caps->procbased_ctls2 &= ~((uint64_t)secondary << 32);
}

/* The processor that the command was told, else the one that the line names, if any. */
static void limit(struct scenario *s, const struct text_line *line,
		  struct pkvm_vmx_caps *caps, struct machine_cpuid *cpuid)
{
	const char *name = line ? scenario_text_field(line, "processor") : NULL;
	const struct scenario_processor *processor = name ? scenario_processor(name) : NULL;

	if (name && !processor)
		scenario_bad(s, line, "unknown processor %s; expected skylake, haswell or "
			     "arrandale", name);
	if (s->processor)
		processor = s->processor;
	if (processor)
		scenario_processor_limit(processor, caps, cpuid);
	machine_fit_caps(caps, cpuid);
	withhold(s, line, caps);
}

static void load_cpuid(struct scenario *s, const struct text_line *line)
{
	const char *path = line ? scenario_text_field(line, "cpuid") : NULL;
	char error[256];

	if (path && !machine_cpuid_load(scenario_beside(s, line, path), &s->cpuid, error,
					sizeof(error)))
		scenario_bad(s, line, "%s", error);
}

/* A size or count of the machine: 0 asks for the usual one, and cannot be named. */
static uint64_t extent(struct scenario *s, const struct text_line *line, const char *name,
		       uint64_t usual, uint64_t limit)
{
	const uint64_t value = scenario_number(s, line, name, usual, limit);

	if (!value && scenario_text_field(line, name))
		scenario_bad(s, line, "%s=0 is out of range; expected 1 or more", name);
	return value;
}

void scenario_machine_start(struct scenario *s, const struct text_line *line)
{
	static const struct text_line nowhere = {.file = "machine", .number = 1};
	const struct text_line *from = line ? line : &nowhere;
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct machine_cpuid cpuid = *machine_default_cpuid();
	struct machine_config config = {
		.report = report_stream(s->report), .caps = &caps, .cpuid = &cpuid};
	const char *why;

	load_cpuid(s, line);
	if (s->cpuid.count)
		cpuid = s->cpuid;
	limit(s, line, &caps, &cpuid);
	config.ram_base = RAM_BASE;
	config.ram_size = extent(s, from, "ram", 0, UINT64_MAX);
	config.hyp_size = extent(s, from, "hyp", 0, UINT64_MAX);
	config.cpus = s->cpus = (unsigned int)extent(s, from, "cpus", 1, 64);
	config.seed = scenario_number(s, from, "seed", 0, UINT64_MAX);
	s->machine = machine_create(&config, &why);
	if (!s->machine)
		scenario_bad(s, from, "%s", why);
	s->private_pages = machine_page_counts(s->machine).private;
	scenario_set(s, "machine.base", machine_ram_base(s->machine));
	scenario_set(s, "machine.ram", machine_ram_size(s->machine));
	scenario_set(s, "machine.hyp", machine_hyp_base(s->machine));
	scenario_set(s, "machine.cpus", s->cpus);
	report_start(s);
}

void scenario_machine_stop(struct scenario *s)
{
	machine_destroy(s->machine);
	s->machine = NULL;
	machine_cpuid_free(&s->cpuid);
	machine_cpuid_free(&s->table);
}

void scenario_do_machine(struct scenario *s, const struct text_line *line)
{
	if (s->machine)
		scenario_bad(s, line, "the machine is there already; expected machine before "
			     "every action");
	scenario_machine_start(s, line);
}

void scenario_do_cpu(struct scenario *s, const struct text_line *line)
{
	const uint64_t cpu = scenario_value(s, line, line->word[1], NULL);

	if (cpu > UINT32_MAX || !machine_enter_cpu(s->machine, (unsigned int)cpu))
		scenario_bad(s, line, "the machine has no CPU %s; expected a number below "
			     "machine cpus=, which is %u", line->word[1], s->cpus);
	s->cpu = (unsigned int)cpu;
}

static bool is_nmi(struct scenario *s, const struct text_line *line)
{
	if (strcmp(line->word[1], "irq") && strcmp(line->word[1], "nmi"))
		scenario_bad(s, line, "%s is no physical event; expected irq or nmi",
			     line->word[1]);
	return !strcmp(line->word[1], "nmi");
}

void scenario_do_raise(struct scenario *s, const struct text_line *line)
{
	const unsigned int cpu = (unsigned int)scenario_number(s, line, "cpu", s->cpu,
							       s->cpus - 1);
	const uint8_t vector = (uint8_t)scenario_number(s, line, "vector", 0x20, 255);
	const uint64_t after = scenario_number(s, line, "after", 0, UINT64_MAX);
	const bool raised = is_nmi(s, line) ? machine_raise_nmi(s->machine, cpu, after)
					    : machine_raise_irq(s->machine, cpu, vector, after);

	if (!raised)
		scenario_bad(s, line, "an earlier %s is still due on CPU %u; expected take, or "
			     "a run of a guest, before it", line->word[1], cpu);
}

void scenario_do_take(struct scenario *s, const struct text_line *line)
{
	const bool nmi = is_nmi(s, line);

	scenario_result_begin(s, line);
	if (nmi)
		scenario_result_add(s, "taken", machine_take_nmi());
	else
		scenario_result_add(s, "vector", (uint64_t)(int64_t)machine_take_irq());
}
