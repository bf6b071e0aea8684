/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* vcpu_run: from the host's call into the guest and back. */
#include "exit.h"
#include "guest_dispatch.h"
#include "post.h"
#include "run_enter.h"
#include "run_regs.h"
#include "shared.h"
#include "summary.h"
#include "vcpu_life.h"

#define REPLY_AT(FIELD) PKVM_PAGE_AT(reply.FIELD)

static bool needs_reply(uint32_t answer)
{
	return answer == PKVM_ANSWER_IN || answer == PKVM_ANSWER_GUEST_CALL;
}

/* A host may answer with 0 or an errno that the ABI has. */
static bool reply_is_valid(const struct pkvm_page_reply *reply)
{
	return reply->valid == 1 && pkvm_error_name((int64_t)reply->status) != NULL &&
	       !(reply->reserved[0] | reply->reserved[1]);
}

/* What the host left in the page for this run, each field read once. */
struct left {
	struct pkvm_page_reply reply;
	struct pkvm_posts posts;
};

/* Whether what the last exit asked for is there. */
static int64_t judge_answer(struct pkvm_call *call, struct left *left)
{
	const struct pkvm_vcpu *vcpu = call->vcpu;
	const struct pkvm_page_reply *reply = &left->reply;

	if (vcpu->answer == PKVM_ANSWER_NONE)
		return 0;
	if (!needs_reply(vcpu->answer))
		return pkvm_post_answers_msr(&left->posts) ? 0 :
							     pkvm_refuse(call, 0, PKVM_EBUSY);
	pkvm_shared_read(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(reply), &left->reply,
			 sizeof(left->reply));
	if (!reply->valid)
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	if (!reply_is_valid(reply))
		return pkvm_refuse(call, 0, PKVM_EINVAL);
	return 0;
}

/*
 * Binds the vCPU, so that the exit whose answer is judged is the one that is
 * answered; as it was before, if the answer is refused.
 */
static int64_t bind_and_judge(struct pkvm_call *call, uint64_t flags, struct left *left)
{
	bool was_bound;
	int64_t status = pkvm_vcpu_bind_here(call, &was_bound);

	if (status)
		return status;
	left->posts.pending = 0;
	if (flags & PKVM_RUN_POSTED)
		pkvm_post_collect(call->vcpu, &left->posts);
	status = judge_answer(call, left);
	if (status && !was_bound)
		pkvm_vcpu_unbind(call->vcpu);
	return status;
}

static int64_t judge_flags(struct pkvm_call *call, const struct pkvm_run *in)
{
	if ((in->flags & PKVM_RUN_POSTED) && !(call->hyp->host.features & PKVM_FEAT_posting))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(run, flags), PKVM_EINVAL);
	return 0;
}

/* The reply counts once, and only for the exit that asked. */
static void accept_reply(struct pkvm_vcpu *vcpu, const struct pkvm_page_reply *reply)
{
	const uint32_t answer = vcpu->answer;

	if (!needs_reply(answer))
		return;
	vcpu->answer = PKVM_ANSWER_NONE;
	if (answer == PKVM_ANSWER_IN)
		pkvm_exit_io_answer(vcpu, reply->word[0]);
	if (answer == PKVM_ANSWER_GUEST_CALL)
		pkvm_guest_answer(vcpu, (int64_t)reply->status, reply->word[0]);
}

/* No interrupt, no INIT and no host brings it back. */
static void shut_down(struct pkvm_vcpu *vcpu)
{
	pkvm_plat_lock(&vcpu->lock);
	__atomic_store_n(&vcpu->start, PKVM_START_SHUTDOWN, __ATOMIC_RELAXED);
	pkvm_plat_unlock(&vcpu->lock);
}

/* Whatever ends it is an exit. */
static void run(struct pkvm_call *call, struct pkvm_run_exit *out)
{
	const uint32_t start = pkvm_vcpu_begin(call->vcpu);

	if (start == PKVM_START_WAITING)
		pkvm_leave(out, PKVM_EXIT_WAIT_FOR_SIPI, 0, 0, 0);
	else if (start == PKVM_START_SHUTDOWN)
		pkvm_leave(out, PKVM_EXIT_SHUTDOWN, 0, 0, 0);
	else
		pkvm_run_until_exit(call, out);
	if (out->kind == PKVM_EXIT_SHUTDOWN)
		shut_down(call->vcpu);
}

/* A reply written before this exit is none for it. */
static void publish(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	pkvm_shared_put(pkvm_plat_shared(vcpu->page), REPLY_AT(valid), 0);
	pkvm_summary_publish(vcpu);
	out->sequence = vcpu->summary_sequence;
}

/* Runs the vCPU: reads and writes the page, the VMCS and the vCPU's registers. */
int64_t pkvm_hyp_vcpu_run(struct pkvm_call *call, const struct pkvm_run *in,
			  struct pkvm_run_exit *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct left left;
	int64_t status = judge_flags(call, in);

	if (!status)
		status = bind_and_judge(call, in->flags, &left);
	if (status)
		return status;
	pkvm_vcpu_make_current(call);
	*out = (struct pkvm_run_exit){0};
	accept_reply(vcpu, &left.reply);
	if (left.posts.pending)
		pkvm_post_apply(call, &left.posts);
	run(call, out);
	publish(vcpu, out);
	return 0;
}
