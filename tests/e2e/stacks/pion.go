// pion: an ICE agent of pion's that connects to a peer over lines of text.
//
//	pion controlled|controlling|lite
//
// Writes `ufrag`, `pwd` and `candidate` lines, `end`; reads lines of the same form; writes
// `connected` and the milliseconds that took, and ends when its input does.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pion/ice/v2"
)

const limit = 10 * time.Second

func check(err error) {
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

func makeAgent(isLite bool) *ice.Agent {
	agent, err := ice.NewAgent(&ice.AgentConfig{
		NetworkTypes:   []ice.NetworkType{ice.NetworkTypeUDP4},
		CandidateTypes: []ice.CandidateType{ice.CandidateTypeHost},
		Lite:           isLite,
	})
	check(err)
	return agent
}

func tell(agent *ice.Agent) {
	done := make(chan bool)
	check(agent.OnCandidate(func(candidate ice.Candidate) {
		if candidate == nil {
			close(done)
			return
		}
		fmt.Println("candidate", candidate.Marshal())
	}))
	ufrag, pwd, err := agent.GetLocalUserCredentials()
	check(err)
	fmt.Println("ufrag", ufrag)
	fmt.Println("pwd", pwd)
	check(agent.GatherCandidates())
	<-done
	fmt.Println("end")
}

func hear(agent *ice.Agent, input *bufio.Scanner) (ufrag, pwd string) {
	for input.Scan() {
		words := strings.SplitN(input.Text(), " ", 2)
		switch words[0] {
		case "ufrag":
			ufrag = words[1]
		case "pwd":
			pwd = words[1]
		case "candidate":
			candidate, err := ice.UnmarshalCandidate(words[1])
			check(err)
			check(agent.AddRemoteCandidate(candidate))
		case "end":
			return
		}
	}
	return
}

func main() {
	role := os.Args[1]
	agent := makeAgent(role == "lite")
	tell(agent)
	input := bufio.NewScanner(os.Stdin)
	ufrag, pwd := hear(agent, input)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	start := time.Now()
	connect := agent.Accept
	if role == "controlling" {
		connect = agent.Dial
	}
	_, err := connect(ctx, ufrag, pwd)
	check(err)
	fmt.Println("connected", time.Since(start).Milliseconds())
	for input.Scan() {
	}
	check(agent.Close())
}
