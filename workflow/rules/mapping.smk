# Reads of each sample to the catalogue. minimap2 and strobealign write the NM tags that vambx needs.


rule index:
    input:
        CATALOGUE,
    output:
        temp("results/index/{kind}.mmi"),
    log:
        "logs/index/{kind}.log",
    benchmark:
        "benchmarks/index/{kind}.tsv"
    conda:
        "../envs/minimap2.yaml"
    threads: 4
    resources:
        mem_mb=mem_mb("index"),
        runtime=runtime("index"),
        disk_mb=disk_mb("index"),
    params:
        preset=preset,
        # One part, whatever its size: of several, each would have a header of its own.
        part=f"{config['mapping']['index_part_gbp'] or 10_000}G",
    shell:
        "minimap2 -x {params.preset} -I {params.part} -t {threads} -d {output} {input} 2> {log}"


rule minimap2:
    input:
        index=index_of,
        reads=reads_to_map,
    output:
        unless_kept("results/mapped/minimap2/{sample}.bam"),
    log:
        "logs/minimap2/{sample}.log",
    benchmark:
        "benchmarks/minimap2/{sample}.tsv"
    conda:
        "../envs/minimap2.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb("minimap2"),
        runtime=runtime("minimap2"),
        disk_mb=disk_mb("minimap2"),
    params:
        preset=preset,
        split=split_option,
        extra=config["mapping"]["minimap2"],
    shell:
        "(minimap2 -a -x {params.preset} --secondary=no --sam-hit-only -t {threads} {params.split} {params.extra} "
        "{input.index} {input.reads} | samtools sort -m 512M -T {output}.sort -o {output} -) 2> {log}"


rule strobealign:
    input:
        fasta=CATALOGUE,
        reads=reads_to_map,
    output:
        unless_kept("results/mapped/strobealign/{sample}.bam"),
    log:
        "logs/strobealign/{sample}.log",
    benchmark:
        "benchmarks/strobealign/{sample}.tsv"
    conda:
        "../envs/strobealign.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb("strobealign"),
        runtime=runtime("strobealign"),
        disk_mb=disk_mb("strobealign"),
    params:
        extra=config["mapping"]["strobealign"],
    shell:
        "(strobealign -U -t {threads} {params.extra} {input.fasta} {input.reads} "
        "| samtools sort -m 512M -T {output}.sort -o {output} -) 2> {log}"


rule strobealign_aemb:
    input:
        fasta=CATALOGUE,
        reads=reads_to_map,
    output:
        "results/mapped/aemb/{sample}.tsv",
    log:
        "logs/strobealign_aemb/{sample}.log",
    benchmark:
        "benchmarks/strobealign_aemb/{sample}.tsv"
    conda:
        "../envs/strobealign.yaml"
    threads: 8
    resources:
        mem_mb=mem_mb("strobealign"),
        runtime=runtime("strobealign"),
    params:
        extra=config["mapping"]["strobealign"],
    shell:
        "strobealign --aemb -t {threads} {params.extra} {input.fasta} {input.reads} > {output} 2> {log}"
