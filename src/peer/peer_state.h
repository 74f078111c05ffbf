// peer_state.h - how a peer is. The watchdog decides it.
#pragma once

enum hp_peer_state {
    HP_PEER_CONNECTING,
    HP_PEER_CONNECTED, // ICE and DTLS are up; media flows
    HP_PEER_DISCONNECTED, // the path is silent; an ICE restart is under way
    HP_PEER_FAILED, // the path did not come (back); see the status that comes along
};
