// peer_state.h - the states of a peer. The watchdog decides which one it is in.
#pragma once

enum hp_peer_state {
    HP_PEER_CONNECTING,
    HP_PEER_CONNECTED, // ICE and DTLS are up; media flows
    HP_PEER_DISCONNECTED, // the path is silent; an ICE restart is under way
    HP_PEER_FAILED, // the path did not come (back); the status with it tells the reason
};
