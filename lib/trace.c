/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The VM-exit trace: counting, resetting, and dumping to the host. Every block
 * of counters has a lock, so that a count and its cycles are read together.
 */
#include "call.h"
#include "row.h"
#include "shared.h"

PKVM_ASSERT((int)PKVM_NR_ROWS <= PKVM_TRACE_CALLS)

static void count(struct pkvm_trace_counter *counter, uint64_t cycles)
{
	counter->count++;
	counter->cycles += cycles;
}

bool pkvm_trace_is_on(const struct pkvm_hyp *hyp)
{
	return __atomic_load_n(&hyp->trace_on, __ATOMIC_RELAXED);
}

void pkvm_trace_exit(struct pkvm_trace *trace, uint32_t reason, uint64_t cycles)
{
	if (reason >= PKVM_TRACE_EXITS)
		return;
	pkvm_plat_lock(&trace->lock);
	count(&trace->exit[reason], cycles);
	pkvm_plat_unlock(&trace->lock);
}

void pkvm_trace_call(struct pkvm_host_trace *trace, uint32_t row, uint64_t cycles)
{
	pkvm_plat_lock(&trace->exits.lock);
	count(&trace->call[row], cycles);
	pkvm_plat_unlock(&trace->exits.lock);
}

static void reset(struct pkvm_lock *lock, struct pkvm_trace_counter *counter, uint32_t number)
{
	pkvm_plat_lock(lock);
	for (uint32_t i = 0; i < number; i++)
		counter[i] = (struct pkvm_trace_counter){0};
	pkvm_plat_unlock(lock);
}

static struct pkvm_trace *vcpu_trace(uint64_t area)
{
	return &((struct pkvm_vcpu_area *)pkvm_plat_private(area))->tail.trace;
}

static void reset_all(struct pkvm_hyp *hyp)
{
	for (unsigned int cpu = 0; cpu < PKVM_PLAT_MAX_CPUS; cpu++) {
		struct pkvm_host_trace *trace = pkvm_hyp_host_trace(hyp, cpu);

		reset(&trace->exits.lock, trace->exits.exit, PKVM_TRACE_EXITS);
		reset(&trace->exits.lock, trace->call, PKVM_TRACE_CALLS);
	}
	for (uint32_t i = 0; i < hyp->vcpus.size; i++) {
		const uint64_t handle = pkvm_slot_handle(&hyp->vcpus, i);
		const uint64_t area = pkvm_slot_get(&hyp->vcpus, handle);

		if (!area)
			continue;
		reset(&vcpu_trace(area)->lock, vcpu_trace(area)->exit, PKVM_TRACE_EXITS);
		pkvm_slot_put(&hyp->vcpus, handle);
	}
}

/* Changes trace_on and the counters, no field of the VMCS. */
int64_t pkvm_hyp_enable_vmexit_trace(struct pkvm_call *call, const struct pkvm_flag *in)
{
	struct pkvm_hyp *hyp = call->hyp;

	if (in->value)
		reset_all(hyp);
	__atomic_store_n(&hyp->trace_on, (uint32_t)in->value, __ATOMIC_RELAXED);
	return 0;
}

/* Adds one counter of the same place on every CPU. */
static void add(struct pkvm_trace_counter *sum, struct pkvm_lock *lock,
		const struct pkvm_trace_counter *counter)
{
	pkvm_plat_lock(lock);
	sum->count += counter->count;
	sum->cycles += counter->cycles;
	pkvm_plat_unlock(lock);
}

/* Entry `place` of a block: exit reasons first, then, for the host, the rows. */
static struct pkvm_trace_entry read_entry(struct pkvm_hyp *hyp, struct pkvm_trace *trace,
					  uint32_t place)
{
	const bool is_call = place >= PKVM_TRACE_EXITS;
	struct pkvm_trace_counter sum = {0};
	struct pkvm_trace_entry entry = {0};

	if (trace)
		add(&sum, &trace->lock, &trace->exit[place]);
	for (unsigned int cpu = 0; !trace && cpu < PKVM_PLAT_MAX_CPUS; cpu++) {
		struct pkvm_host_trace *host = pkvm_hyp_host_trace(hyp, cpu);

		add(&sum, &host->exits.lock,
		    is_call ? &host->call[place - PKVM_TRACE_EXITS] : &host->exits.exit[place]);
	}
	entry.kind = is_call ? PKVM_TRACE_CALL : PKVM_TRACE_EXIT;
	entry.number = is_call ? pkvm_row_number(place - PKVM_TRACE_EXITS) : place;
	entry.count = sum.count;
	entry.cycles = sum.cycles;
	return entry;
}

/* Writes entries from number `first` on, as many as fit. */
static void dump(struct pkvm_hyp *hyp, struct pkvm_trace *trace,
		 const struct pkvm_trace_page *in, struct pkvm_trace_count *out)
{
	const uint32_t places = trace ? PKVM_TRACE_EXITS : PKVM_TRACE_EXITS + PKVM_NR_ROWS;
	const uint64_t room = PKVM_PAGE_SIZE / sizeof(struct pkvm_trace_entry);
	uint64_t seen = 0;

	for (uint32_t place = 0; place < places; place++) {
		const struct pkvm_trace_entry entry = read_entry(hyp, trace, place);
		const uint64_t page = in->page + out->entries / room * PKVM_PAGE_SIZE;

		if (!entry.count || seen++ < in->first)
			continue;
		if (out->entries == room * (in->size / PKVM_PAGE_SIZE)) {
			out->more = 1;
			return;
		}
		pkvm_shared_write(pkvm_plat_shared(page),
				  out->entries % room * sizeof(entry), &entry, sizeof(entry));
		out->entries++;
	}
}

/* Reads the counters of one vCPU, or of the host on every CPU. */
int64_t pkvm_hyp_dump_vmexit_trace(struct pkvm_call *call, const struct pkvm_trace_page *in,
				   struct pkvm_trace_count *out)
{
	const struct pkvm_range_words words = {PKVM_WORD_NUMBER(trace_page, page),
					       PKVM_WORD_NUMBER(trace_page, size)};
	struct pkvm_trace *trace = NULL;
	int64_t status;

	*out = (struct pkvm_trace_count){0};
	if (in->vcpu) {
		const uint64_t area = pkvm_slot_get(&call->hyp->vcpus, in->vcpu);

		if (!area)
			return pkvm_refuse(call, PKVM_WORD_NUMBER(trace_page, vcpu),
					   PKVM_ENOENT);
		call->held = in->vcpu;
		trace = vcpu_trace(area);
	}
	status = pkvm_range_judge(call, in->page, in->size, PKVM_MAX_RANGE_PAGES, words);
	if (!status)
		status = pkvm_range_is_ram(call, in->page, in->size, words.address);
	if (!status)
		status = pkvm_page_use(call, in->page, in->size, words.address);
	if (status)
		return status;
	dump(call->hyp, trace, in, out);
	pkvm_page_unuse(call->hyp, in->page, in->size);
	return 0;
}
