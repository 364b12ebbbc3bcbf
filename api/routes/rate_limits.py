"""How many requests a token makes in a minute: counted in Redis by all processes together, else in this one."""

import logging

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from brainrank.api.services.access.circuit import CircuitBreaker
from brainrank.api.services.access.refusals import TooManyError
from brainrank.api.services.access.tokens import Caller

MINUTE_S = 60
# Every request of a token waits for this answer; one that takes longer is worth less than the request.
TIMEOUT_S = 0.5
REST_S = 5.0

log = logging.getLogger(__name__)


class RateLimits:
    """Counts requests; while Redis does not answer each process counts by itself, and each gives the whole limit."""

    def __init__(self, redis_url: str | None) -> None:
        self._here = FixedWindowRateLimiter(MemoryStorage())
        self._circuit = CircuitBreaker(REST_S)
        self._shared = None
        if redis_url is not None:
            # redis-py would try again by itself, for seconds.
            pool = ConnectionPool.from_url(
                redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
            )
            self._shared = FixedWindowRateLimiter(RedisStorage(redis_url, connection_pool=pool))

    def count(self, caller: Caller) -> None:
        """Count a request. Raises TooManyError beyond the token's limit."""
        if not self._hit(RateLimitItemPerMinute(caller.requests_a_minute), str(caller.token)):
            raise TooManyError(
                f"More than {caller.requests_a_minute} requests in a minute with this token; wait a minute",
                wait_s=MINUTE_S,
            )

    def _hit(self, limit: RateLimitItemPerMinute, token: str) -> bool:
        if self._shared is None or not self._circuit.lets_through():
            return self._here.hit(limit, token)
        try:
            within = self._shared.hit(limit, token)
        except (RedisError, OSError) as error:
            log.warning("Redis does not answer (%s); requests are counted in this process", type(error).__name__)
            self._circuit.tell(answered=False)
            return self._here.hit(limit, token)
        self._circuit.tell(answered=True)
        return within
