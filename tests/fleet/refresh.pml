// SPDX-License-Identifier: Apache-2.0
//
// Holders share one session through Redis. Its refresh token rotates, and a token that the gateway
// sees twice may end the session (gateway-contract 3). docs/decisions/0020 describes the protocol;
// check.sh says which runs must hold and which planted faults must be found.
//
// Time is not modelled: a step may come at any later time. A holder that is cut off is one that
// takes no step, whose lease may lapse, or whose step ran and whose reply was lost.

#ifndef N
#define N 3 // holders
#endif
#ifndef FAULTS
#define FAULTS 2 // how many faults may happen
#endif
#ifndef KINDS
#define KINDS 127 // which kinds may happen, a bit each
#endif
#ifndef LAPSES
#define LAPSES 2 // how often the access token lapses
#endif
#ifndef SIGN_INS
#define SIGN_INS 1
#endif
#ifndef POLICY
#define POLICY 0 // what the gateway does with a token that it sees again; 0: any of the three
#endif
#ifndef MUTANT
#define MUTANT 0 // a planted fault
#endif
#ifndef KEPT
#define KEPT 0 // 1: it is an error if a user must sign in
#endif
#ifndef WAIT
#define WAIT 0 // 1: a replica has the intent before the request leaves
#endif

#define TOKENS 9

// Kinds of faults.
#define DEATH 0    // kill -9
#define LOSS 1     // a request or its response does not arrive; the request may still arrive later
#define LAPSE 2    // a lease lapses although its holder is alive and needs it
#define CUT 3      // a step in Redis runs and its reply is lost
#define FAILOVER 4 // Redis loses its last write
#define REFUSED 5  // the connection is refused: the gateway has certainly not seen the token
#define ENDS 6     // the gateway ends the session for a reason of its own

// What the gateway does with the previous token.
#define STRICT 1 // it ends the session
#define SAME 2   // it returns the current token again
#define NEW 3    // it returns one more token
#define NOT_STRICT 4

// Where a holder is. From INTENT on it renews its lease.
#define IDLE 0
#define SIGNED_OUT 1 // the user must sign in
#define DEAD 2
#define INTENT 3
#define SEND 4
#define SENT 5
#define SAVE 6
#define CLEAR 7
#define END 8
#define SIGN_IN 9

#define ENDED 255 // the gateway's answer: the session has ended
#define NOBODY 255

// Redis. A record's version is not modelled: its fence grows with each write as well.
typedef Store {
  byte counter;
  byte holder; // of the lease
  byte lease;  // its fence
  byte fence;  // of the record's writer
  byte token;  // the record's session
  byte intent; // its fence
  byte tries;  // 0: no intent
  bool ended
}
Store s;
Store old; // before the last write

// Holders.
byte at[N];
byte fence[N];
byte seen[N];   // the fence of the newest record that it knows, and
byte token[N];  // that record's session
byte tries[N];  // how often that token was sent, as far as it knows
byte answer[N]; // what the gateway returned: a new token or ENDED
bool asked[N];  // its request is on the way

// The gateway.
byte policy;
byte current = 1;
byte previous = 1;
byte issued = 1;   // the highest token
byte first = 1;    // the first token of the present session
byte origin[TOKENS]; // of a token: the first one of its session; names the sign-in
bool revoked;
byte late;         // a token whose sender no longer waits; 0: none

byte lapsed = 1;   // the access tokens up to this one have lapsed
byte lapses = LAPSES - 1;
byte sign_ins = SIGN_INS;
byte faults = FAULTS;

// Holders are alike, so they take their first step in order: fewer states, and no behaviour less.
byte started; // how many have taken one
#define MAY_START(h) (h <= started)
inline start(h) {
  if
  :: h == started -> started++
  :: else
  fi
}

// What only the properties look at.
byte sent[TOKENS];
byte answered_to[TOKENS]; // the highest fence that a token was answered to
bool unknown[TOKENS];     // something happened that leaves a token's outcome unknown
bool stored[TOKENS];      // was in a record
bool overtaken;           // the gateway answered two senders of a token in the other order
bool failed_over;

#define MAY(kind) (faults > 0 && ((KINDS >> kind) & 1))
#define NEEDS(h) (token[h] <= lapsed)
#define MAX(a, b) ((a) > (b) -> (a) : (b))

// A lease that nobody renews lapses. A holder that knows a newer record than Redis puts it back
// before its lease lapses: a failover takes less than a time to live.
#define RENEWED                                                                 \
  (s.holder != NOBODY && at[s.holder] != DEAD &&                                \
   ((at[s.holder] >= INTENT && fence[s.holder] == s.lease) ||                   \
    (seen[s.holder] > s.fence && seen[s.holder] == s.lease)))
#if MUTANT == 14
#define FREE(h) (s.holder == h || s.holder == NOBODY)
#else
#define FREE(h) (s.holder == h || !RENEWED)
#endif
#if MUTANT == 10
#define OWNS(h) (s.holder != NOBODY && s.lease == fence[h])
#else
#define OWNS(h) (s.holder == h && s.lease == fence[h])
#endif
#if N > 3
#define SOMEBODY_ASKS (asked[0] || asked[1] || asked[2] || asked[3])
#else
#define SOMEBODY_ASKS (asked[0] || asked[1] || asked[2])
#endif
#define SETTLED(h) (at[h] == DEAD || at[h] == SIGNED_OUT || (at[h] == IDLE && !NEEDS(h)))

inline copy_store(to, from) {
  to.counter = from.counter; to.holder = from.holder; to.lease = from.lease; to.fence = from.fence;
  to.token = from.token; to.intent = from.intent; to.tries = from.tries; to.ended = from.ended
}
inline forget_old() {
  old.counter = 0; old.holder = 0; old.lease = 0; old.fence = 0;
  old.token = 0; old.intent = 0; old.tries = 0; old.ended = 0
}
// Before each write. What can no longer be lost is forgotten, for fewer states.
inline writing() {
  if
  :: MAY(FAILOVER) -> copy_store(old, s)
  :: else
  fi
}
inline fault() {
  faults--;
  if
  :: !MAY(FAILOVER) -> forget_old()
  :: else
  fi
}
inline release() { s.holder = NOBODY; s.lease = 0 }
inline clear_intent() { s.intent = 0; s.tries = 0 }
inline take_record(h) {
  seen[h] = s.fence; token[h] = s.token; tries[h] = 0;
  assert(stored[token[h]])
}
// Only a fault makes a user sign in, or a session that another sign-in ended.
inline sign_out(h) {
  assert((faults < FAULTS || sign_ins < SIGN_INS) && !KEPT);
  at[h] = SIGNED_OUT; fence[h] = 0; answer[h] = 0
}
inline go_idle(h) { at[h] = IDLE; fence[h] = 0; answer[h] = 0 }

// The Lua steps. Each is one atomic write; after a lost reply the holder repeats it.

// The lease, or a newer record, or that the user must sign in.
inline acquire(h) {
  if
#if MUTANT != 3
  :: s.fence > seen[h] ->
     take_record(h)
#endif
  :: (MUTANT == 3 || s.fence == seen[h]) && (s.ended || s.tries >= 2 + (MUTANT == 5)) -> sign_out(h)
  :: else ->
     writing();
     s.counter = MAX(s.counter, seen[h]) + 1;
     s.holder = h; s.lease = s.counter;
     assert(s.counter < 50); // nobody runs in circles
     if
     :: fence[h] = s.counter; tries[h] = MAX(tries[h], s.tries); at[h] = INTENT
     :: MAY(CUT) -> fault()
     fi
  fi
}

// Before the request leaves.
inline declare_intent(h) {
  if
  :: !OWNS(h) -> go_idle(h)
#if MUTANT != 3 && MUTANT != 8
  :: OWNS(h) && (s.fence != seen[h] || s.ended) -> writing(); release(); go_idle(h)
#endif
  :: else ->
     if
#if MUTANT != 2
     :: s.tries > tries[h] && !(s.intent == fence[h] && s.tries == tries[h] + 1) ->
        writing(); release(); go_idle(h)
#endif
     // It may know more than Redis, which may have lost the intent: what it knows is written.
     :: tries[h] >= 2 + (MUTANT == 5) ->
        writing();
        s.intent = fence[h]; s.tries = tries[h]; release(); sign_out(h)
     :: else ->
#if MUTANT != 2
        writing();
        s.intent = fence[h]; s.tries = tries[h] + 1;
#endif
        if
        :: tries[h]++; at[h] = SEND;
#if WAIT
           forget_old();
#endif
           // A second try needs a first one with an unknown outcome.
           assert(tries[h] == 1 || unknown[token[h]])
        :: MAY(CUT) -> fault()
        fi
     fi
  fi
}

// Used for an answer, and to put back what a failover lost (base NOBODY).
inline save(h, its_fence, base, its_token) {
  if
  :: s.fence == its_fence && MUTANT != 1 && MUTANT != 7 -> accepted = true // a repetition
  :: MUTANT != 1 && s.fence > its_fence -> accepted = false
  :: MUTANT != 1 && MUTANT != 12 && s.fence < its_fence && s.tries > 0 && s.intent > its_fence &&
       s.fence != base ->
     accepted = false // a newer holder has sent the token of a newer record
  :: else ->
     accepted = true;
     // No newer session is overwritten by an older one.
     assert(its_token >= s.token || overtaken);
     writing();
     s.fence = its_fence; s.token = its_token; s.ended = false;
     s.counter = MAX(s.counter, its_fence);
     stored[its_token] = true;
#if MUTANT != 4
     clear_intent();
#endif
     if
     :: s.lease == its_fence -> release()
     :: else
     fi
  fi
}

// The gateway has certainly not seen the token: this try does not count.
inline clear(h) {
  if
  :: s.tries == tries[h] && s.intent == fence[h] ->
     writing();
     s.tries--;
     if
     :: s.tries == 0 || MUTANT == 6 -> clear_intent()
     :: else
     fi;
     if
     :: OWNS(h) -> release()
     :: else
     fi
  :: else
  fi
}

// The gateway says that the session has ended. Its answer counts if nobody knows better.
inline end_session(h) {
  if
  :: s.fence == seen[h] && !(s.tries > 0 && s.intent > fence[h]) ->
     writing();
#if MUTANT != 11
     s.ended = true;
#endif
     if
     :: OWNS(h) -> release()
     :: else
     fi;
     confirmed = true
  :: else -> confirmed = false
  fi
}

// A user has signed in here. A repetition must not undo a refresh of the new session.
inline sign_in(h) {
  if
  :: origin[s.token] == answer[h] && MUTANT != 15
  :: else ->
     assert(answer[h] >= s.token);
     writing();
     s.counter = MAX(s.counter, seen[h]) + 1;
     s.fence = s.counter; s.token = answer[h]; s.ended = false; clear_intent();
     stored[answer[h]] = true
  fi
}

proctype Holder(byte h) {
  bool accepted, confirmed;
end:
  do
  // Redis has gone back: put the newer record back, or accept what a newer holder is doing.
  :: atomic {
       at[h] == IDLE && seen[h] > s.fence ->
       save(h, seen[h], NOBODY, token[h]);
       if
       :: accepted
       :: !accepted && s.fence < seen[h] -> take_record(h)
       :: !accepted && s.fence >= seen[h]
       fi;
       accepted = false
     }
  :: atomic {
       at[h] == IDLE && MAY_START(h) && seen[h] <= s.fence && NEEDS(h) &&
         (s.fence > seen[h] || s.ended || FREE(h)) ->
       start(h);
       acquire(h)
     }
  :: atomic {
       at[h] == SIGNED_OUT && (s.fence != seen[h] || (!s.ended && s.tries < 2 && FREE(h))) ->
       at[h] = IDLE
     }
  :: atomic { at[h] == INTENT -> declare_intent(h) }
  :: atomic {
       at[h] == SEND ->
       if
       :: asked[h] = true; at[h] = SENT; sent[token[h]]++;
          assert(NEEDS(h));
          // Never twice but after an unknown outcome, and never a third time. Without WAIT a failover
          // that loses an intent hides one.
          assert(sent[token[h]] == 1 || (sent[token[h]] == 2 && unknown[token[h]]) ||
                 (sent[token[h]] == 3 && failed_over && !WAIT && MUTANT != 13))
       :: MAY(REFUSED) -> fault(); at[h] = CLEAR
       fi
     }
  :: atomic {
       at[h] == SENT && answer[h] != 0 ->
       if
       :: answer[h] == ENDED -> answer[h] = 0; at[h] = END
       :: else -> at[h] = SAVE
       fi
     }
  // It waits no longer. The request may still arrive.
  :: atomic {
       at[h] == SENT && asked[h] && late == 0 && MAY(LOSS) ->
       fault(); unknown[token[h]] = true;
       late = token[h]; asked[h] = false; at[h] = INTENT
     }
  :: atomic {
       at[h] == SAVE ->
       save(h, fence[h], seen[h], answer[h]);
       if
       :: accepted -> seen[h] = fence[h]; token[h] = answer[h]; tries[h] = 0; go_idle(h);
                      assert(stored[token[h]])
       :: !accepted ->
#if MUTANT == 9
          seen[h] = s.fence; token[h] = answer[h]; assert(stored[token[h]]);
#endif
          go_idle(h)
       :: MAY(CUT) -> fault()
       fi;
       accepted = false
     }
  :: atomic {
       at[h] == CLEAR ->
       clear(h);
       if
       :: tries[h]--; go_idle(h)
       :: MAY(CUT) -> fault()
       fi
     }
  :: atomic {
       at[h] == SIGN_IN ->
       sign_in(h);
       if
       :: take_record(h); go_idle(h)
       :: MAY(CUT) -> fault()
       fi
     }
  :: atomic {
       at[h] == END ->
       end_session(h);
       if
       :: confirmed -> sign_out(h)
       :: !confirmed -> go_idle(h)
       :: MAY(CUT) -> fault()
       fi;
       confirmed = false
     }
  od
}

// Takes a token and sets `reply`.
inline exchange(its_token) {
  if
  :: revoked || its_token < first -> reply = ENDED
  :: !revoked && its_token >= first && its_token == current ->
     issued++; previous = current; current = issued; origin[current] = first; reply = current
  :: !revoked && its_token >= first && its_token < current ->
     if
     :: policy == SAME && its_token == previous -> reply = current
     :: policy == NEW && its_token >= previous ->
        issued++; previous = its_token; current = issued; origin[current] = first; reply = current
     :: else -> revoked = true; reply = ENDED
     fi
  fi;
  assert(issued < TOKENS)
}

proctype Gateway() {
  byte reply;
  byte h;
end:
  do
  :: atomic {
       SOMEBODY_ASKS ->
       if
       :: asked[0] -> h = 0
       :: asked[1] -> h = 1
       :: asked[2] -> h = 2
#if N > 3
       :: asked[3] -> h = 3
#endif
       fi;
       exchange(token[h]);
       if
       :: answered_to[token[h]] > fence[h] -> overtaken = true
       :: else -> answered_to[token[h]] = fence[h]
       fi;
       asked[h] = false;
       if
       :: at[h] == DEAD -> token[h] = 0; fence[h] = 0
       :: else -> answer[h] = reply
       fi;
       reply = 0; h = 0
     }
  :: atomic { late != 0 -> exchange(late); late = 0; reply = 0 }
  od
}

// What happens to them. It may stop at any time.
proctype World() {
  byte h;
#ifdef LIVENESS
  bool tick;
#endif
  do
  :: break
  :: atomic { lapses > 0 && current > lapsed -> lapses--; lapsed = current }
  :: atomic {
       sign_ins > 0 ->
       select(h : 0 .. N - 1);
       if
       :: MAY_START(h) && (at[h] == IDLE || at[h] == SIGNED_OUT) ->
          start(h);
          sign_ins--;
          issued++; current = issued; previous = issued; first = issued; revoked = false;
          assert(issued < TOKENS);
          origin[current] = current;
          answer[h] = current; at[h] = SIGN_IN
       :: else
       fi;
       h = 0
     }
  :: atomic {
       MAY(DEATH) ->
       select(h : 0 .. N - 1);
       if
       :: MAY_START(h) && at[h] != DEAD ->
          start(h);
          fault();
          if
          :: at[h] >= INTENT -> unknown[token[h]] = true
          :: else
          fi;
          at[h] = DEAD; seen[h] = 0; tries[h] = 0; answer[h] = 0;
          if
          :: !asked[h] -> token[h] = 0; fence[h] = 0
          :: else
          fi
       :: else
       fi;
       h = 0
     }
  :: atomic {
       MAY(LAPSE) && RENEWED ->
       fault();
       unknown[token[s.holder]] = true;
       release()
     }
  :: atomic {
       MAY(FAILOVER) && old.counter != 0 ->
       unknown[s.token] = true; unknown[old.token] = true;
       copy_store(s, old);
       failed_over = true;
       fault();
       forget_old()
     }
  :: atomic { MAY(ENDS) && !revoked -> fault(); revoked = true }
  od;
#ifdef LIVENESS
  // Time goes on: with fairness, spin looks for cycles and not for an end.
  do
  :: tick = !tick
  od
#endif
}

init {
  byte h;
  atomic {
    s.counter = 1; s.holder = NOBODY; s.fence = 1; s.token = 1; stored[1] = true; origin[1] = 1;
    for (h : 0 .. N - 1) { seen[h] = 1; token[h] = 1 }
#if POLICY == 0 || POLICY == 4
    if
#if POLICY == 0
    :: policy = STRICT
#endif
    :: policy = SAME
    :: policy = NEW
    fi;
#else
    policy = POLICY;
#endif
    for (h : 0 .. N - 1) { run Holder(h) }
    run Gateway();
    run World();
    h = 0
  }
}

#ifdef LIVENESS
// Whoever needs a session gets one, or is told that the user must sign in.
ltl progress { <>[](SETTLED(0) && SETTLED(1) && SETTLED(2)) }
#endif
