/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The VM-exit trace: counting, resetting, and dumping to the host. Every block
 * of counters has a lock, so that a count and its cycles are read together.
 */
#include "call.h"
#include "row.h"
#include "shared.h"

PKVM_ASSERT((int)PKVM_NR_ROWS <= PKVM_TRACE_CALLS)

/* Some counters of a block, and the epoch that they are of. */
struct counters {
	struct pkvm_lock *lock;
	uint64_t *epoch;
	struct pkvm_trace_counter *counter;
	uint32_t number;
};

static struct counters exits_of(struct pkvm_trace *trace)
{
	return (struct counters){&trace->lock, &trace->epoch, trace->exit, PKVM_TRACE_EXITS};
}

static struct counters calls_of(struct pkvm_host_trace *trace)
{
	return (struct counters){&trace->exits.lock, &trace->call_epoch, trace->call,
				 PKVM_TRACE_CALLS};
}

uint64_t pkvm_trace_epoch(const struct pkvm_hyp *hyp)
{
	if (!__atomic_load_n(&hyp->trace_on, __ATOMIC_ACQUIRE))
		return 0;
	return __atomic_load_n(&hyp->trace_epoch, __ATOMIC_RELAXED);
}

/* The first count of an epoch clears what is left of another one. */
static void begin(const struct counters *of, uint64_t epoch)
{
	for (uint32_t i = 0; i < of->number; i++)
		of->counter[i] = (struct pkvm_trace_counter){0};
	*of->epoch = epoch;
}

static void count(const struct counters *of, uint64_t epoch, uint32_t place, uint64_t cycles)
{
	pkvm_plat_lock(of->lock);
	if (*of->epoch < epoch)
		begin(of, epoch);
	if (*of->epoch == epoch) {
		of->counter[place].count++;
		of->counter[place].cycles += cycles;
	}
	pkvm_plat_unlock(of->lock);
}

void pkvm_trace_exit(struct pkvm_trace *trace, uint64_t epoch, uint32_t reason, uint64_t cycles)
{
	const struct counters of = exits_of(trace);

	if (reason < PKVM_TRACE_EXITS)
		count(&of, epoch, reason, cycles);
}

void pkvm_trace_call(struct pkvm_host_trace *trace, uint64_t epoch, uint32_t row,
		     uint64_t cycles)
{
	const struct counters of = calls_of(trace);

	count(&of, epoch, row, cycles);
}

static struct pkvm_trace *vcpu_trace(uint64_t area)
{
	return &((struct pkvm_vcpu_area *)pkvm_plat_private(area))->tail.trace;
}

/* Changes trace_on and the epoch, no field of the VMCS. */
int64_t pkvm_hyp_enable_vmexit_trace(struct pkvm_call *call, const struct pkvm_flag *in)
{
	struct pkvm_hyp *hyp = call->hyp;

	/* No block is touched, so that vCPUs and CPUs cost nothing. */
	if (in->value)
		__atomic_add_fetch(&hyp->trace_epoch, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&hyp->trace_on, (uint32_t)in->value, __ATOMIC_RELEASE);
	return 0;
}

/* Adds a block's counters of an epoch, all of them at one moment; 0 has none. */
static void add(struct pkvm_trace_counter *sum, struct counters of, uint64_t epoch)
{
	pkvm_plat_lock(of.lock);
	for (uint32_t i = 0; epoch && *of.epoch == epoch && i < of.number; i++) {
		sum[i].count += of.counter[i].count;
		sum[i].cycles += of.counter[i].cycles;
	}
	pkvm_plat_unlock(of.lock);
}

/* What a vCPU, or the host on every CPU, has counted since the trace was turned on. */
static void add_all(struct pkvm_hyp *hyp, struct pkvm_trace *trace,
		    struct pkvm_trace_counter *sum)
{
	const uint64_t epoch = __atomic_load_n(&hyp->trace_epoch, __ATOMIC_RELAXED);

	if (trace)
		add(sum, exits_of(trace), epoch);
	for (unsigned int cpu = 0; !trace && cpu < PKVM_PLAT_MAX_CPUS; cpu++) {
		struct pkvm_host_trace *host = pkvm_hyp_host_trace(hyp, cpu);

		add(sum, exits_of(&host->exits), epoch);
		add(sum + PKVM_TRACE_EXITS, calls_of(host), epoch);
	}
}

/* Entry `place` of a block: exit reasons first, then, for the host, the rows. */
static struct pkvm_trace_entry entry_of(uint32_t place, const struct pkvm_trace_counter *sum)
{
	const bool is_call = place >= PKVM_TRACE_EXITS;

	return (struct pkvm_trace_entry){
		.kind = is_call ? PKVM_TRACE_CALL : PKVM_TRACE_EXIT,
		.number = is_call ? pkvm_row_number(place - PKVM_TRACE_EXITS) : place,
		.count = sum->count,
		.cycles = sum->cycles,
	};
}

/* Writes entries from number `first` on, as many as fit. */
static void dump(struct pkvm_hyp *hyp, struct pkvm_trace *trace,
		 const struct pkvm_trace_page *in, struct pkvm_trace_count *out)
{
	struct pkvm_trace_counter sum[PKVM_TRACE_EXITS + PKVM_TRACE_CALLS] = {0};
	const uint32_t places = trace ? PKVM_TRACE_EXITS : PKVM_TRACE_EXITS + PKVM_NR_ROWS;
	const uint64_t room = PKVM_PAGE_SIZE / sizeof(struct pkvm_trace_entry);
	uint64_t seen = 0;

	add_all(hyp, trace, sum);
	for (uint32_t place = 0; place < places; place++) {
		const struct pkvm_trace_entry entry = entry_of(place, &sum[place]);
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
