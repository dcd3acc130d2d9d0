# Latent vectors, clusters of them, the contigs of each genome, bins. With scope = "sample" in the settings each sample
# is clustered and chosen alone, in parts; else all samples at once.


rule encode:
    input:
        composition=COMPOSITION,
        abundance="results/vambx/abundance.npz",
        settings=settings_file(),
    output:
        # With it come model.pt and history.tsv, but not where there is nothing to train on.
        latent="results/vambx/latent.npz",
    log:
        "logs/encode.log",
    benchmark:
        "benchmarks/encode.tsv"
    conda:
        "../envs/vambx.yaml"
    # The last bits of what is learnt depend on the number of threads.
    threads: 8
    resources:
        mem_mb=mem_mb("encode"),
        runtime=runtime("encode"),
    params:
        outdir=folder_of("latent"),
        config=config_option,
        tables=tables("encoder"),
    shell:
        "vambx encode --outdir {params.outdir} --resume {params.config} -t {threads} > {log} 2>&1"


rule cluster_part:
    input:
        composition=COMPOSITION,
        latent="results/vambx/latent.npz",
        settings=settings_file(),
    output:
        "results/parts/clusters/{part}-of-{of}.npz",
    log:
        "logs/cluster_part/{part}-of-{of}.log",
    benchmark:
        "benchmarks/cluster_part/{part}-of-{of}.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("cluster"),
        runtime=runtime("cluster"),
    params:
        outdir=folder_of("latent"),
        config=config_option,
        tables=tables("bins"),
    shell:
        "vambx cluster --outdir {params.outdir} --part {wildcards.part}/{wildcards.of} --output {output} "
        "{params.config} -t {threads} > {log} 2>&1"


rule cluster:
    input:
        composition=COMPOSITION,
        latent="results/vambx/latent.npz",
        parts=sample_parts("results/parts/clusters/{part}-of-{of}.npz"),
        settings=settings_file(),
    output:
        clusters="results/vambx/clusters.tsv",
    log:
        "logs/cluster.log",
    benchmark:
        "benchmarks/cluster.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb("cluster"),
        runtime=runtime("cluster"),
    params:
        outdir=folder_of("clusters"),
        parts=parts_option,
        config=config_option,
        tables=tables("bins"),
    shell:
        "vambx cluster --outdir {params.outdir} --resume {params.parts} {params.config} -t {threads} > {log} 2>&1"


rule choose_part:
    input:
        **to_choose(),
    output:
        "results/parts/chosen/{part}-of-{of}.npz",
    log:
        "logs/choose_part/{part}-of-{of}.log",
    benchmark:
        "benchmarks/choose_part/{part}-of-{of}.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("choose"),
        runtime=runtime("choose"),
    params:
        outdir=folder_of("clusters"),
        config=config_option,
        tables=tables("bins"),
    shell:
        "vambx choose --outdir {params.outdir} --part {wildcards.part}/{wildcards.of} --output {output} "
        "{params.config} -t {threads} > {log} 2>&1"


rule choose:
    input:
        **to_choose(),
        parts=sample_parts("results/parts/chosen/{part}-of-{of}.npz"),
    output:
        chosen="results/vambx/chosen.tsv",
    log:
        "logs/choose.log",
    benchmark:
        "benchmarks/choose.tsv"
    conda:
        "../envs/vambx.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb("choose"),
        runtime=runtime("choose"),
    params:
        outdir=folder_of("chosen"),
        parts=parts_option,
        config=config_option,
        tables=tables("bins"),
    shell:
        "vambx choose --outdir {params.outdir} --resume {params.parts} {params.config} -t {threads} > {log} 2>&1"


rule bins:
    input:
        **to_choose(),
        fasta=CATALOGUE,
        chosen="results/vambx/chosen.tsv",
    output:
        bins=report(
            "results/vambx/bins.tsv",
            caption="../report/bins.rst",
            category="Bins",
        ),
        quality=quality_table(),
        folder=directory("results/vambx/bins"),
        contig2bin="results/vambx/contig2bin.tsv",
        cami="results/vambx/binning.cami.tsv",
        unbinned="results/vambx/unbinned.tsv",
        summary="results/vambx/summary.json",
        multiqc=["results/vambx/vambx_mqc.json", "results/vambx/vambx_stats_mqc.json"],
    log:
        "logs/bins.log",
    benchmark:
        "benchmarks/bins.tsv"
    # The page is made where the bins are: of the account of the run, too, which the folder holds.
    group:
        "bins"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("bins"),
        runtime=runtime("bins"),
        disk_mb=disk_mb("bins"),
    params:
        outdir=folder_of("bins"),
        config=config_option,
        tables=tables("bins"),
    shell:
        "vambx bins --fasta {input.fasta} --outdir {params.outdir} --resume {params.config} -t {threads} > {log} 2>&1"
