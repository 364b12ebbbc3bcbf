"""The circuit breaker: nobody asks while it is open, one at a time until somebody is answered."""

from brainrank.api.services.access.circuit import CircuitBreaker


def test_a_failure_keeps_everybody_away_and_then_lets_one_through() -> None:
    now = [0.0]
    circuit = CircuitBreaker(5.0, clock=lambda: now[0])
    assert circuit.lets_through()
    assert circuit.lets_through()
    circuit.tell(answered=False)
    now[0] = 4.9
    assert not circuit.lets_through()
    now[0] = 5.0
    assert [circuit.lets_through() for _ in range(3)] == [True, False, False]
    circuit.tell(answered=False)
    now[0] = 10.0
    assert circuit.lets_through()
    circuit.tell(answered=True)
    assert [circuit.lets_through() for _ in range(3)] == [True, True, True]
