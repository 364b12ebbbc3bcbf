# One image for every part of the service; docker-compose.yml says which part a container is.
# TORCH_INDEX, if given, is the address of a package index with another build of torch, such as one for a CUDA version;
# without it the ordinary index's is taken.
FROM python:3.11-slim

ARG TORCH_INDEX=""
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Its dependencies first: they change seldom and weigh gigabytes, the code changes often and weighs nothing.
WORKDIR /app
COPY requirements.lock ./
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --constraint requirements.lock torch torchvision
COPY pyproject.toml setup.py README.md LICENSE ./
COPY public public
COPY benchmark benchmark
COPY models_zoo models_zoo
COPY datasets datasets
COPY api api
COPY workers workers
RUN pip install --constraint requirements.lock ".[s3]"

# Not root, and nowhere to write but the data volume and /tmp.
RUN useradd --uid 10001 --create-home brainrank && mkdir /data && chown brainrank /data
USER brainrank
ENV BRAINRANK_HOME=/data HF_HOME=/data/hub MPLCONFIGDIR=/tmp
VOLUME /data
EXPOSE 8765
ENTRYPOINT ["brainrank"]
CMD ["serve", "--host", "0.0.0.0"]
