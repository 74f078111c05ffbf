// Fuzzes hp_pcp_parse(): an answer that grants names an address; one that refuses names none.
#include "router/pcp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hp_pcp_request request = { .port = 8080 }; // the nonce is 0
    struct hp_pcp_answer answer;
    bool is_granted = hp_pcp_parse(&request, data, size, &answer)
            && answer.result == HP_PCP_SUCCESS;
    if (is_granted != (answer.external_address[0] != '\0')) {
        abort();
    }
    return 0;
}
