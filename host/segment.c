/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Segment registers: the cache, and the operations over it. */
#include "result.h"
#include "summary.h"
#include "x86_ops.h"

#define DPL_SHIFT 5

static uint64_t bit(unsigned int value, uint64_t mask)
{
	return value ? mask : 0;
}

uint64_t pkvm_host_access_rights(const struct pkvm_host_segment *segment)
{
	return (segment->type & PKVM_AR_TYPE) | bit(segment->s, PKVM_AR_S) |
	       (((uint64_t)segment->dpl << DPL_SHIFT) & PKVM_AR_DPL) |
	       bit(segment->present, PKVM_AR_P) | bit(segment->avl, PKVM_AR_AVL) |
	       bit(segment->l, PKVM_AR_L) | bit(segment->db, PKVM_AR_DB) |
	       bit(segment->g, PKVM_AR_G) |
	       bit(segment->unusable || !segment->present, PKVM_AR_UNUSABLE);
}

struct pkvm_host_segment pkvm_host_segment_of(const struct pkvm_segment_state *state)
{
	const uint64_t rights = state->access_rights;
	const bool unusable = rights & PKVM_AR_UNUSABLE;

	return (struct pkvm_host_segment){
		.base = state->base,
		.limit = (uint32_t)state->limit,
		.selector = (uint16_t)state->selector,
		.type = rights & PKVM_AR_TYPE,
		.s = (rights & PKVM_AR_S) != 0,
		.dpl = (rights & PKVM_AR_DPL) >> DPL_SHIFT,
		/* KVM's users take a segment that cannot be used for an absent one. */
		.present = (rights & PKVM_AR_P) && !unusable,
		.avl = (rights & PKVM_AR_AVL) != 0,
		.l = (rights & PKVM_AR_L) != 0,
		.db = (rights & PKVM_AR_DB) != 0,
		.g = (rights & PKVM_AR_G) != 0,
		.unusable = unusable,
	};
}

static bool is_valid(const uint32_t *mask, uint32_t index)
{
	return __atomic_load_n(mask, __ATOMIC_RELAXED) & 1u << index;
}

/* The register first, the bit last, also as the compiler orders them. */
static void mark(uint32_t *mask, uint32_t index)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(mask, *mask | 1u << index, __ATOMIC_RELAXED);
}

static void forget(struct pkvm_host_segment_cache *cache, uint32_t index)
{
	__atomic_store_n(&cache->valid, cache->valid & ~(1u << index), __ATOMIC_RELAXED);
	__atomic_store_n(&cache->base_valid, cache->base_valid & ~(1u << index),
			 __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* All zero, and false, when the hypervisor refused. */
static bool read_segment(struct pkvm_host_vcpu *vcpu, uint32_t index,
			 struct pkvm_segment_state *state)
{
	const struct pkvm_segment_index in = { index };

	return pkvm_host_must(vcpu, PKVM_HC_get_segment, index,
			      pkvm_hc_get_segment(&in, state));
}

/* A register through the cache; zero when it cannot be read. */
static struct pkvm_segment_state cached(struct pkvm_host_vcpu *vcpu, uint32_t index)
{
	struct pkvm_host_segment_cache *cache = &vcpu->segment_cache;
	struct pkvm_segment_state state = { 0 };

	if (!pkvm_host_may(vcpu, PKVM_HC_get_segment))
		return state;
	if (index < PKVM_HOST_NR_SEGMENTS && is_valid(&cache->valid, index))
		return cache->state[index];
	if (!read_segment(vcpu, index, &state) || index >= PKVM_HOST_NR_SEGMENTS)
		return state;
	cache->state[index] = state;
	mark(&cache->valid, index);
	mark(&cache->base_valid, index);
	return state;
}

/* What was cached goes first: the hypervisor may store other bits than these. */
static struct pkvm_status send(struct pkvm_host_vcpu *vcpu,
			       const struct pkvm_host_segment *segment, uint32_t index)
{
	const struct pkvm_segment in = {
		.index = index,
		.base = segment->base,
		.limit = segment->limit,
		.access_rights = pkvm_host_access_rights(segment),
		.selector = segment->selector,
	};

	if (index < PKVM_HOST_NR_SEGMENTS)
		forget(&vcpu->segment_cache, index);
	return pkvm_hc_set_segment(&in);
}

void pkvm_host_set_segment(struct pkvm_host_vcpu *vcpu,
			   const struct pkvm_host_segment *segment, uint32_t index)
{
	if (pkvm_host_may(vcpu, PKVM_HC_set_segment))
		pkvm_host_must(vcpu, PKVM_HC_set_segment, index, send(vcpu, segment, index));
}

int pkvm_host_write_segment(struct pkvm_host_vcpu *vcpu,
			    const struct pkvm_host_segment *segment, uint32_t index)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_set_segment))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_segment, index, send(vcpu, segment, index));
}

void pkvm_host_get_segment(struct pkvm_host_vcpu *vcpu, struct pkvm_host_segment *segment,
			   uint32_t index)
{
	const struct pkvm_segment_state state = cached(vcpu, index);

	*segment = pkvm_host_segment_of(&state);
}

uint64_t pkvm_host_get_segment_base(struct pkvm_host_vcpu *vcpu, uint32_t index)
{
	struct pkvm_host_segment_cache *cache = &vcpu->segment_cache;
	const struct pkvm_segment_index in = { index };
	struct pkvm_value out;

	if (!pkvm_host_may(vcpu, PKVM_HC_get_segment_base))
		return 0;
	if (index < PKVM_HOST_NR_SEGMENTS && is_valid(&cache->base_valid, index))
		return cache->state[index].base;
	if (!pkvm_host_must(vcpu, PKVM_HC_get_segment_base, index,
			    pkvm_hc_get_segment_base(&in, &out)) ||
	    index >= PKVM_HOST_NR_SEGMENTS)
		return 0;
	cache->state[index].base = out.value;
	mark(&cache->base_valid, index);
	return out.value;
}

static int dpl_of(uint64_t access_rights)
{
	return (int)((access_rights & PKVM_AR_DPL) >> DPL_SHIFT);
}

/* The summary has an npVM's access rights of CS and SS. */
static bool has_rights(const struct pkvm_host_vcpu *vcpu)
{
	return !pkvm_host_is_protected(vcpu) && pkvm_host_has_summary(vcpu);
}

int pkvm_host_get_cpl(struct pkvm_host_vcpu *vcpu)
{
	if (has_rights(vcpu))
		return dpl_of(PKVM_HOST_SUMMARY(vcpu, ss_access_rights));
	return dpl_of(cached(vcpu, PKVM_SEG_SS).access_rights);
}

int pkvm_host_get_cpl_no_cache(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_segment_state ss;

	if (has_rights(vcpu))
		return dpl_of(PKVM_HOST_SUMMARY(vcpu, ss_access_rights));
	if (!pkvm_host_may(vcpu, PKVM_HC_get_segment) || !read_segment(vcpu, PKVM_SEG_SS, &ss))
		return 0;
	return dpl_of(ss.access_rights);
}

void pkvm_host_get_cs_db_l_bits(struct pkvm_host_vcpu *vcpu, bool *db, bool *l)
{
	const uint64_t rights = has_rights(vcpu) ?
				PKVM_HOST_SUMMARY(vcpu, cs_access_rights) :
				cached(vcpu, PKVM_SEG_CS).access_rights;

	*db = rights & PKVM_AR_DB;
	*l = rights & PKVM_AR_L;
}
