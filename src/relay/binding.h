// binding.h - answers STUN Binding requests: tells a client its own address as we see it (RFC 8489
// section 3). Part of another object, on its owner's thread.
#pragma once

#include <stdbool.h>

struct hp_auth;
struct hp_flow;
struct hp_message;
struct hp_response;

// Answers a request that came by `from`. `with_classic`: RFC 3489 requests are answered, too.
// reply->size is 0 where there is no answer.
void hp_binding_answer(struct hp_response *reply, struct hp_auth *auth,
        const struct hp_message *message, const struct hp_flow *from, bool with_classic);
