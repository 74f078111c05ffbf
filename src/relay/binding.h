// binding.h - answers STUN Binding requests: tells a client its own address as we see it (RFC 8489
// section 3), and where we have two addresses and ports, how its NAT behaves (RFC 5780). Part of
// another object, on its owner's thread.
#pragma once

#include <stdbool.h>

struct hp_auth;
struct hp_discovery;
struct hp_flow;
struct hp_message;
struct hp_response;

// What such an answer depends on; borrowed.
struct hp_binding {
    struct hp_auth *auth;
    const struct hp_discovery *discovery; // NULL: answers are short, and come from where was asked
    bool with_classic; // RFC 3489 requests are answered, too
};

// Answers a request that came by *flow, which becomes the flow that the answer goes out by.
// reply->size is 0 where there is no answer.
void hp_binding_answer(const struct hp_binding *binding, struct hp_response *reply,
        const struct hp_message *message, struct hp_flow *flow);
